"""The API's description in OpenAPI 3.1, made from the same tables that answer the requests."""

from itertools import groupby
from typing import Any

from accounts import conf
from accounts.authentication import forward_auth
from accounts.authentication.problems import ANSWERS, MEDIA_TYPE
from accounts.models import Environment
from accounts.services.refusals import DETAILS, Code

Schema = dict[str, Any]

SECURITY_SCHEMES: dict[str, dict[str, str]] = {
    "ApiKey": {"type": "apiKey", "in": "header", "name": "API-Key", "description": "The API key alone."},
    "BearerKey": {"type": "http", "scheme": "bearer", "description": "The API key as a bearer token."},
    "XApiKey": {"type": "apiKey", "in": "header", "name": "X-API-Key", "description": "The API key alone."},
    "BasicKey": {"type": "http", "scheme": "basic", "description": "The API key as user name, an empty password."},
}

TEXT: Schema = {"type": "string"}
KEY_ID: Schema = {"type": "string", "pattern": "^[0-9A-Za-z]{12}$"}
ENVIRONMENT: Schema = {"type": "string", "enum": Environment.values}
MOMENT: Schema = {"type": "string", "format": "date-time"}

RETRY_AFTER = {"description": "Seconds to wait.", "schema": {"type": "integer"}}
CHALLENGE = {"description": "How to authenticate (RFC 6750).", "schema": TEXT}
EXPIRES = {"description": "When the key expires, as an HTTP date (RFC 9110). Absent if never.", "schema": TEXT}
PROBLEM = {"description": "The document once more, for proxies that drop the body.", "schema": TEXT}
NOT_ALLOWED = {"description": "Only GET and HEAD are answered.", "headers": {"Allow": {"schema": TEXT}}}


def document() -> Schema:
    """The whole description, ready for JSON."""
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "oncekeys",
            "version": "1",
            "description": "Tells who an API key belongs to. Every refusal is a problem document with a stable code.",
        },
        "servers": [{"url": conf.public_url()}],
        "security": [{name: []} for name in SECURITY_SCHEMES],
        "paths": {
            "/api/v1/test": {"get": _operation("test", "Try a key", {"200": _works()}, _refusals())},
            "/api/v1/verify": {
                "get": _operation(
                    "verify",
                    "Forward-auth, for reverse proxies",
                    {"204": _verified()},
                    _refusals({forward_auth.PROBLEM_HEADER: PROBLEM}),
                )
            },
        },
        "components": {"securitySchemes": SECURITY_SCHEMES, "schemas": {"Problem": _problem()}},
    }


def _operation(identifier: str, summary: str, success: Schema, refusals: Schema) -> Schema:
    return {"operationId": identifier, "summary": summary, "responses": {**success, **refusals, "405": NOT_ALLOWED}}


def _works() -> Schema:
    body = _object(
        message=TEXT,
        account=_object(name=TEXT, slug=TEXT),
        key=_object(id=KEY_ID, name=TEXT),
        environment=ENVIRONMENT,
        expires_at={"oneOf": [MOMENT, {"type": "null"}]},
    )
    return {
        "description": "The key works; this is the one it is.",
        "headers": {"Oncekeys-Key-Expires": EXPIRES},
        "content": {"application/json": {"schema": body}},
    }


def _verified() -> Schema:
    whose = {"X-Oncekeys-Account": TEXT, "X-Oncekeys-Key": KEY_ID, "X-Oncekeys-Environment": ENVIRONMENT}
    return {
        "description": "The key works; the headers say whose it is.",
        "headers": {
            "Oncekeys-Key-Expires": EXPIRES,
            **{name: {"required": True, "schema": schema} for name, schema in whose.items()},
        },
    }


def _refusals(headers: Schema | None = None) -> Schema:
    """The codes that share a status share its response. `headers` are on every one of them."""
    by_status = groupby(sorted(Code, key=_status), key=_status)
    return {str(status): _refusal(list(codes), headers or {}) for status, codes in by_status}


def _status(code: Code) -> int:
    return ANSWERS[code].status


def _refusal(codes: list[Code], headers: Schema) -> Schema:
    schema = {
        "allOf": [{"$ref": "#/components/schemas/Problem"}],
        "properties": {"code": {"enum": codes}, "status": {"const": _status(codes[0])}},
    }
    known = {"WWW-Authenticate": CHALLENGE, "Retry-After": RETRY_AFTER}
    return {
        "description": " ".join(f"`{code}`: {DETAILS.get(code, ANSWERS[code].title + '.')}" for code in codes),
        "headers": {**{name: known[name] for name in ANSWERS[codes[0]].headers}, **headers},
        "content": {MEDIA_TYPE: {"schema": schema}},
    }


def _problem() -> Schema:
    return _object(type=TEXT, title=TEXT, status={"type": "integer"}, code={"enum": list(Code)}, detail=TEXT)


def _object(**properties: Schema) -> Schema:
    return {"type": "object", "properties": properties, "required": list(properties)}
