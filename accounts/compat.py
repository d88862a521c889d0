"""Private parts of django-allauth that we use. Each has a test that fails if the library changes it."""

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest


def record_proof(request: HttpRequest, user: Any, **proof: Any) -> None:
    """Remember in the session that they have just shown that it's them, and how."""
    from allauth.account.internal.flows.login import record_authentication

    record_authentication(request, user, **proof)


def rate_limit_source(request: HttpRequest) -> str:
    """Return the key by which the library counts requests of an IP address."""
    from allauth.core.internal.ratelimit import get_ip

    source: str = get_ip(request)
    return source


def limit_second_steps(user: Any) -> Callable[[], None]:
    """Count an attempt. Call what is returned if it was right. Raises ValidationError after too many."""
    from allauth.mfa.base.internal.flows import check_rate_limit

    forget: Callable[[], None] = check_rate_limit(user)
    return forget


def tell_second_step_failed(form: Any, authenticator: Any) -> None:
    form._emit_authentication_failed(authenticator)


def totp_steps() -> list[int]:
    """The time steps whose codes are accepted now."""
    from allauth.mfa.totp.internal.auth import yield_hotp_counters_from_time

    return list(yield_hotp_counters_from_time())


def is_totp_code(secret: str, step: int, code: str) -> bool:
    from allauth.core.internal.cryptokit import compare_user_code
    from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value

    return bool(compare_user_code(actual=code, expected=format_hotp_value(hotp_value(secret, step))))


def change_waiting_totp_secret(request: HttpRequest, change: Callable[[str], str]) -> None:
    """Keep the secret of an app that is being set up in the session until a code confirms it."""
    from allauth.mfa.totp.internal.auth import SECRET_SESSION_KEY

    if SECRET_SESSION_KEY in request.session:
        request.session[SECRET_SESSION_KEY] = change(request.session[SECRET_SESSION_KEY])


def passkey_options(user: Any) -> dict[str, Any]:
    """Return the options with which a browser asks for a passkey that signs in by itself."""
    from allauth.mfa.webauthn.internal.auth import begin_registration

    options: dict[str, Any] = begin_registration(user, passwordless=True)
    return options


def end_other_sessions(request: HttpRequest, user: Any) -> None:
    from allauth.usersessions.internal.flows.sessions import end_other_sessions

    end_other_sessions(request, user)
