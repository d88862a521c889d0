"""The door for reverse proxies, which ask with a request's headers and pass the response's headers to their upstream.

The proxy's configuration names the required scopes in the URL, `?scope=full`, in the form of OAuth (RFC 6749, section
3.3).
"""

from urllib.parse import quote

from django.http import HttpRequest, HttpResponse

from oncekeys.doors import problems
from oncekeys.doors.requests import authenticate
from oncekeys.models import Account
from oncekeys.services.refusals import NotAdmitted

PROBLEM_HEADER = "Oncekeys-Problem"
PLAIN = "".join(chr(code) for code in range(0x21, 0x7F) if chr(code) != "%")


def answer(request: HttpRequest) -> HttpResponse:
    """Return 204 with headers that say whose key it is, or the refusal."""
    try:
        api_key = authenticate(request, scopes=_required(request)).auth
    except NotAdmitted as refused:
        return refusal(refused)
    return HttpResponse(
        status=204,
        headers={
            "X-Oncekeys-Account": api_key.account.slug,
            "X-Oncekeys-Key": api_key.key_id,
            "X-Oncekeys-Environment": api_key.environment,
            "X-Oncekeys-Scopes": api_key.scopes,
            **_external_id(api_key.account),
            **problems.UNCACHED,
        },
    )


def _external_id(account: Account) -> dict[str, str]:
    """Return the header. The ID is percent-encoded (RFC 3986), because a header can only carry plain ASCII."""
    return {"X-Oncekeys-External-Id": quote(account.external_id, safe=PLAIN)} if account.external_id else {}


def _required(request: HttpRequest) -> list[str]:
    """Return the scopes in the query: separated by spaces, in several parameters, or both."""
    return " ".join(request.GET.getlist("scope")).split()


def refusal(refused: NotAdmitted) -> HttpResponse:
    """Return the refusal with its document in a header too: nginx keeps only the headers of this response."""
    response = problems.response(refused)
    response[PROBLEM_HEADER] = response.content.decode()
    return response
