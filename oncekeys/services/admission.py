"""Decides whether to let a key in. Every door asks it, so the rules are the same at each."""

from collections.abc import Callable, Collection
from typing import NoReturn

from django.views.decorators.debug import sensitive_variables

from oncekeys import conf
from oncekeys.models import ApiKey, Environment
from oncekeys.services import exposure, refusals, throttle, verification
from oncekeys.services.refusals import Code, Refused

UNTRUSTED_PROXY = (
    "This site doesn't trust the proxy that says this came over HTTPS. Its operator must correct the proxy settings."
)


@sensitive_variables("text")
def admit(
    text: str,
    *,
    secure: bool,
    claims_https: Callable[[], bool] = bool,
    address: str | None,
    environment: Environment | None = None,
    scopes: Collection[str] = (),
) -> ApiKey:
    """Return the key. `secure` is whether it came over HTTPS, `address` its IP address. Raises NotAdmitted.

    `claims_https` returns whether an untrusted proxy says that it came over HTTPS. If so, it may not have been exposed.
    """
    try:
        if conf.https_required() and not secure:
            _refuse_plain_http(text, claims_https=claims_https(), address=address)
        return verification.verify(text, environment=environment, scopes=scopes, address=address)
    except Refused as refused:
        raise throttle.counted(refused, address=address) from None


@sensitive_variables("text")
def _refuse_plain_http(text: str, *, claims_https: bool, address: str | None) -> NoReturn:
    if claims_https:
        raise Refused(Code.HTTPS_REQUIRED, UNTRUSTED_PROXY)
    exposure.note(text, address=address)
    raise Refused(Code.HTTPS_REQUIRED)


def check_limits(api_key: ApiKey, *, environment: Environment | None, scopes: Collection[str]) -> None:
    """Check what another door requires of a key that this request was already let in with. Raises Refused."""
    if environment is not None and environment != api_key.environment:
        raise refusals.wrong_environment(api_key, environment)
    if not api_key.allows(scopes):
        raise refusals.lacks_scopes(api_key, scopes)
