"""The API reference: a page for people, made from what the API says of itself in OpenAPI. Anyone may read it."""

import json
from collections.abc import Callable, Iterator
from functools import wraps
from typing import Any, NamedTuple

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils.cache import patch_cache_control
from django.views.decorators.http import conditional_page, require_safe
from django_htmx.http import HttpResponseClientRedirect

from oncekeys import links
from oncekeys.doors import openapi
from oncekeys.doors.code_samples import LANGUAGES
from oncekeys.keys import brand

View = Callable[..., HttpResponseBase]

FRESH_SECONDS = 300
LONGEST_LINE = 48


class Field(NamedTuple):
    """Something that is sent or answered: a header, a parameter, or a member of a JSON object."""

    name: str
    kind: str
    description: str


class Operation(NamedTuple):
    identifier: str
    method: str
    path: str
    summary: str
    description: str
    sends: list[Field]
    answers: list[Field]
    samples: list[dict[str, str]]
    status: str
    example: str


def described(view: View) -> View:
    """Every answer says where the API is described (RFC 8631), for programs and for people."""

    @wraps(view)
    def describing(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        return _described(view(request, *args, **kwargs))

    return describing


def _described(response: HttpResponseBase) -> HttpResponseBase:
    if paths := links.api_paths("description", "reference"):
        response["Link"] = '<{}>; rel="service-desc"; type="application/json", <{}>; rel="service-doc"'.format(*paths)
    return response


@login_not_required
@require_safe
@conditional_page
@described
def reference(request: HttpRequest) -> HttpResponse:
    if "HX-Boosted" in request.headers:
        # The project's own links swap whole pages; ours bring a script that runs once a page.
        return HttpResponseClientRedirect(request.get_full_path(), headers={"Cache-Control": "no-store"})
    document = openapi.document(links.origin(request), mount=request.path)
    context = {
        "introduction": document["info"]["description"],
        "origin": document["servers"][0]["url"],
        "brand": brand.current(),
        "languages": [label for _, label, _ in LANGUAGES],
        "schemes": list(document["components"]["securitySchemes"].values()),
        "scopes": document["x-scopes"],
        "operations": list(_operations(document)),
        "problems": [_problem(each) for each in document["x-problems"]],
        "problem": _example(document),
        "wrong_keys": document["x-wrong-keys-per-minute"],
    }
    response = render(request, "oncekeys/reference/index.html", context)
    response["Content-Language"] = "en"
    if _may_be_personal(request):
        patch_cache_control(response, private=True, no_cache=True)
    else:
        patch_cache_control(response, public=True, max_age=FRESH_SECONDS)
    return response


def _may_be_personal(request: HttpRequest) -> bool:
    """Return whether the project's base may show who asks, or has a form with a token of theirs."""
    session = getattr(request, "session", None)
    return bool(request.COOKIES or getattr(session, "accessed", False) or "CSRF_COOKIE" in request.META)


def _operations(document: dict[str, Any]) -> Iterator[Operation]:
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            status, success = next(iter(operation["responses"].items()))
            content = success.get("content", {}).get("application/json", {})
            yield Operation(
                identifier=operation["operationId"],
                method=method.upper(),
                path=path,
                summary=operation["summary"],
                description=_printed(operation["description"]),
                sends=list(_sends(operation)),
                answers=[*_members(content.get("schema", {})), *_headers(success)],
                samples=operation["x-codeSamples"],
                status=status,
                example=_written(content["example"]) if content else "",
            )


def _problem(problem: dict[str, Any]) -> dict[str, Any]:
    return {**problem, **{name: _printed(problem[name]) for name in ("meaning", "remedy")}}


def _printed(sentence: str) -> str:
    """Return a sentence of the API with the apostrophes of a page."""
    return sentence.replace("'", "’")


def _sends(operation: dict[str, Any]) -> Iterator[Field]:
    for parameter in operation.get("parameters", ()):
        yield Field(parameter["name"], parameter["in"], _printed(parameter["description"]))
    body = operation.get("requestBody", {}).get("content", {}).get("application/json", {})
    yield from _members(body.get("schema", {}))


def _members(schema: dict[str, Any]) -> Iterator[Field]:
    for name, member in schema.get("properties", {}).items():
        if "description" in member:
            yield Field(name, _kind(member), _printed(member["description"]))


def _headers(response: dict[str, Any]) -> Iterator[Field]:
    for name, header in response.get("headers", {}).items():
        yield Field(name, "header", _printed(header["description"]))


def _kind(schema: dict[str, Any]) -> str:
    """Return the kind in a word or two: "time or null"."""
    if "oneOf" in schema:
        return " or ".join(_kind(each) for each in schema["oneOf"])
    if schema.get("format") == "date-time":
        return "time"
    return {"string": "text", "array": "list", "integer": "number"}.get(schema["type"], str(schema["type"]))


def _example(document: dict[str, Any]) -> str:
    """A refusal as it is answered."""
    reason = next(each for each in document["x-problems"] if each["code"] == "insufficient_scope")
    return _written(
        {
            "type": reason["type"],
            "title": reason["title"],
            "status": reason["status"],
            "code": reason["code"],
            "detail": "This API key lacks the scope full. Ask an admin of the account to add it, or use another key.",
            "required_scopes": ["full"],
            "missing_scopes": ["full"],
        }
    )


def _written(value: Any, indent: str = "") -> str:
    """JSON as people write it: what is short stays on its line."""
    line = json.dumps(value, ensure_ascii=False)
    if len(line) <= LONGEST_LINE or not isinstance(value, dict):
        return line
    deeper = indent + "  "
    members = [f'{deeper}"{name}": {_written(member, deeper)}' for name, member in value.items()]
    return "{\n" + ",\n".join(members) + f"\n{indent}}}"
