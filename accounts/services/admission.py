"""Lets a key in: what every door asks, so that the rules are the same behind each."""

from collections.abc import Iterable

from django.views.decorators.debug import sensitive_variables

from accounts import conf
from accounts.models import ApiKey, Environment
from accounts.services import exposure, failures, verification
from accounts.services.refusals import Code, Refused


@sensitive_variables("text")
def admit(
    text: str,
    *,
    secure: bool,
    address: str | None,
    environment: Environment | None = None,
    scopes: Iterable[str] = (),
) -> ApiKey:
    """The key. `secure` is whether it came over HTTPS, `address` from where. Raises Refused."""
    try:
        if conf.https_required() and not secure:
            exposure.note(text, address=address)
            raise Refused(Code.HTTPS_REQUIRED)
        return verification.verify(text, environment=environment, scopes=scopes, address=address)
    except Refused as refused:
        raise failures.counted(refused, address=address) from None


def check_limits(api_key: ApiKey, *, environment: Environment | None, scopes: Iterable[str]) -> None:
    """Of a key that this request was let in with: whether it may also do what another door asks. Raises Refused."""
    if environment not in {None, api_key.environment}:
        raise Refused(Code.WRONG_ENVIRONMENT)
    if not api_key.allows(scopes):
        raise Refused(Code.INSUFFICIENT_SCOPE)
