from django.contrib.auth.decorators import login_required
from django.shortcuts import get_object_or_404, redirect, render


@login_required
def home(request):
    return redirect("organisation", slug=request.user.organisations.order_by("name")[0].slug)


@login_required
def organisation(request, slug):
    organisation = get_object_or_404(request.user.organisations, slug=slug)
    return render(request, "shipments/list.html", {"organisation": organisation})
