"""Describes the door of Django REST framework to drf-spectacular."""

from typing import Any

from drf_spectacular.extensions import OpenApiAuthenticationExtension

from oncekeys.doors.openapi import SECURITY_SCHEMES


class ApiKeyScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    """Lists every way to send a key."""

    target_class = "oncekeys.doors.drf.ApiKeyAuthentication"
    name = list(SECURITY_SCHEMES)

    def get_security_definition(self, auto_schema: Any) -> list[dict[str, str]]:
        return list(SECURITY_SCHEMES.values())

    def get_security_requirement(self, auto_schema: Any) -> list[dict[str, list[str]]]:
        """Return the schemes as alternatives: a request needs one of them, not all."""
        return [{scheme: []} for scheme in SECURITY_SCHEMES]
