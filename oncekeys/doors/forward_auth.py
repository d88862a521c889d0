"""The door for reverse proxies: they ask with the headers of a request, and give the answer's to their upstream.

What a key has to be allowed to do, the proxy's configuration says in the address: `?scope=full`, by the name and in the
form of OAuth (RFC 6749, section 3.3).
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
    """204 with whose key it is, or the refusal."""
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
    """Percent-encoded where it is not plain ASCII (RFC 3986), which a header could not carry."""
    return {"X-Oncekeys-External-Id": quote(account.external_id, safe=PLAIN)} if account.external_id else {}


def _required(request: HttpRequest) -> list[str]:
    """With a space between them, in several parameters, or both."""
    return " ".join(request.GET.getlist("scope")).split()


def refusal(refused: NotAdmitted) -> HttpResponse:
    """Return the refusal with its document in a header too: nginx keeps only the headers of this response."""
    response = problems.response(refused)
    response[PROBLEM_HEADER] = response.content.decode()
    return response
