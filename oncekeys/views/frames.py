"""One template, two frames: a dialog over the page that asked for it with htmx, or a page of its own."""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.cache import patch_vary_headers

from oncekeys.host import host
from oncekeys.views.requests import PageRequest


def page(request: PageRequest, template: str, context: dict[str, Any], *, status: int = 200) -> HttpResponse:
    """A page about `context["account"]`, with what the project's own base needs."""
    return render(request, template, {**host.context(request, context["account"]), **context}, status=status)


def framed(request: PageRequest, template: str, context: dict[str, Any], *, status: int = 200) -> HttpResponse:
    """The template says `{% extends frame %}`; this decides which. Its form is sent to where it came from."""
    frame = "oncekeys/frames/modal.html" if request.htmx else "oncekeys/frames/page.html"
    response = page(request, template, {"here": request.get_full_path(), **context, "frame": frame}, status=status)
    patch_vary_headers(response, ["HX-Request"])
    return response
