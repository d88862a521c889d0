"""Finds out whether a request came over HTTPS, and which proxies to believe."""

import re

from django.conf import settings
from django.http import HttpRequest

from oncekeys import conf
from oncekeys.request_headers import sent, sent_values

# The headers by which proxies commonly say that they ended TLS.
CLAIMS = (
    "HTTP_X_FORWARDED_PROTO",
    "HTTP_X_FORWARDED_PROTOCOL",
    "HTTP_X_FORWARDED_SCHEME",
    "HTTP_X_FORWARDED_SSL",
    "HTTP_X_URL_SCHEME",
    "HTTP_FRONT_END_HTTPS",
    "HTTP_CLOUDFRONT_FORWARDED_PROTO",
    "HTTP_CF_VISITOR",
    "HTTP_FORWARDED",
)
HTTPS = re.compile(r"\b(https|on)\b", re.IGNORECASE)


def is_secure(request: HttpRequest) -> bool:
    """Return whether the request came over HTTPS, as Django does. Of several values, our outermost proxy's counts."""
    hops = conf.trusted_proxy_hops()
    if not (hops and settings.SECURE_PROXY_SSL_HEADER):
        return request.is_secure()
    name, https = settings.SECURE_PROXY_SSL_HEADER
    if name not in request.META:
        return request.is_secure()
    return sent_values(request, name)[-hops:][:1] == [https]


def claims_https(request: HttpRequest) -> bool:
    """Return whether a proxy that the settings don't trust says that the request came over HTTPS."""
    trusted = settings.SECURE_PROXY_SSL_HEADER
    if trusted and sent(request, trusted[0]) is not None:
        return False
    return any(HTTPS.search(sent(request, name) or "") for name in CLAIMS)
