"""A person's own page."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from accounts.profile_form import ProfileForm
from accounts.views.requests import SignedInRequest


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@login_required
def edit(request: SignedInRequest) -> HttpResponse:
    form = ProfileForm(request.POST if request.method == "POST" else None, instance=request.user)
    if form.is_valid():
        # Only what was changed: a whole person, as they were when read, could undo a new password.
        form.save(commit=False).save(update_fields=form.changed_data)
        messages.success(request, _("Your profile was saved."))
        return redirect("profile")
    return render(request, "profile.html", {"form": form}, status=422 if form.errors else 200)
