from django.utils import timezone

from accounts.models import User


def remember_last_seen(get_response):
    def middleware(request):
        if request.user.is_authenticated:
            User.objects.filter(pk=request.user.pk).update(last_seen=timezone.now())
        return get_response(request)

    return middleware
