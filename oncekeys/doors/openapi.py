"""The API's description in OpenAPI 3.1, made from the same tables that answer the requests."""

from collections.abc import Sequence
from itertools import groupby
from typing import Any

from oncekeys import conf
from oncekeys.doors import forward_auth
from oncekeys.doors.problems import ANSWERS, MEDIA_TYPE, ErrorCode, RequestCode
from oncekeys.keys.token import KEY_ID_LENGTH
from oncekeys.models import Environment
from oncekeys.services.refusals import DETAILS, Code
from oncekeys.services.rotation import DEFAULT_GRACE, LONGEST_GRACE

Schema = dict[str, Any]

SECURITY_SCHEMES: dict[str, dict[str, str]] = {
    "ApiKey": {"type": "apiKey", "in": "header", "name": "API-Key", "description": "The API key alone."},
    "BearerKey": {"type": "http", "scheme": "bearer", "description": "The API key as a bearer token."},
    "XApiKey": {"type": "apiKey", "in": "header", "name": "X-API-Key", "description": "The API key alone."},
    "BasicKey": {"type": "http", "scheme": "basic", "description": "The API key as user name, an empty password."},
}

TEXT: Schema = {"type": "string"}
KEY_ID: Schema = {"type": "string", "pattern": f"^[0-9A-Za-z]{{{KEY_ID_LENGTH}}}$"}
ENVIRONMENT: Schema = {"type": "string", "enum": Environment.values}
EXTERNAL_ID: Schema = {**TEXT, "description": "Whom the account belongs to in your own system. Absent if unknown."}
MOMENT: Schema = {"type": "string", "format": "date-time"}
MOMENT_OR_NULL: Schema = {"oneOf": [MOMENT, {"type": "null"}]}
SCOPES: Schema = {"type": "array", "items": TEXT, "minItems": 1}
GRACE_SECONDS: Schema = {
    "type": "integer",
    "minimum": 0,
    "maximum": int(LONGEST_GRACE.total_seconds()),
    "default": int(DEFAULT_GRACE.total_seconds()),
    "description": "How long the key that asks works on.",
}

RETRY_AFTER = {"description": "Seconds to wait.", "schema": {"type": "integer"}}
CHALLENGE = {"description": "How to authenticate (RFC 6750).", "schema": TEXT}
EXPIRES = {"description": "When the key expires, as an HTTP date (RFC 9110). Absent if never.", "schema": TEXT}
KNOWN_HEADERS = {"WWW-Authenticate": CHALLENGE, "Retry-After": RETRY_AFTER}
PROBLEM = {"description": "The document once more, for proxies that drop the body.", "schema": TEXT}
ALLOW = {"description": "The methods that the path answers.", "schema": TEXT}

VERIFIED_SCOPES = {
    "name": "scope",
    "in": "query",
    "description": "What the key has to be allowed to do, with a space between. The proxy says it, never its client.",
    "schema": TEXT,
}


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
            "/api/v1/key": {"delete": _revocation()},
            "/api/v1/key/rotate": {"post": _rotation()},
            "/api/v1/test": {"get": _operation("test", "Try a key", {"200": _works()}, _refusals())},
            "/api/v1/verify": {"get": _verification()},
        },
        "components": {"securitySchemes": SECURITY_SCHEMES, "schemas": {"Problem": _problem()}},
    }


def _operation(identifier: str, summary: str, success: Schema, refusals: Schema) -> Schema:
    not_allowed = {"405": _problems([RequestCode.METHOD_NOT_ALLOWED], {"Allow": ALLOW})}
    return {"operationId": identifier, "summary": summary, "responses": {**success, **refusals, **not_allowed}}


def _verification() -> Schema:
    refusals = _refusals({forward_auth.PROBLEM_HEADER: PROBLEM})
    operation = _operation("verify", "Forward-auth, for reverse proxies", {"204": _verified()}, refusals)
    return {**operation, "parameters": [VERIFIED_SCOPES]}


def _revocation() -> Schema:
    refused = "The key that asked is refused from now on."
    revoked = {"description": f"{refused} A key that it replaced still works until its grace period ends."}
    return _operation("revoke", "Revoke the key that asks", {"204": revoked}, _refusals())


def _rotation() -> Schema:
    wanted = {"type": "object", "properties": {"grace_seconds": GRACE_SECONDS}, "additionalProperties": False}
    errors = {str(ANSWERS[code].status): _problems([code], {}) for code in ErrorCode}
    return {
        **_operation("rotate", "Rotate the key that asks", {"200": _rotated()}, {**_refusals(), **errors}),
        "requestBody": {"required": False, "content": {"application/json": {"schema": wanted}}},
    }


def _rotated() -> Schema:
    body = _object(
        api_key={**TEXT, "description": "The successor, which is never shown again."},
        key=_object(id=KEY_ID, name=TEXT),
        environment=ENVIRONMENT,
        expires_at=MOMENT_OR_NULL,
        replaces=_object(id=KEY_ID, works_until=MOMENT_OR_NULL),
    )
    return {
        "description": "The successor, and until when the key that asked works on: null if it stopped at once.",
        "headers": {"Oncekeys-Key-Expires": EXPIRES},
        "content": {"application/json": {"schema": body}},
    }


def _works() -> Schema:
    body = _object(
        message=TEXT,
        account=_with_optional(_object(name=TEXT, slug=TEXT), external_id=EXTERNAL_ID),
        key=_object(id=KEY_ID, name=TEXT),
        environment=ENVIRONMENT,
        scopes=SCOPES,
        expires_at=MOMENT_OR_NULL,
    )
    return {
        "description": "The key works; this is the one it is.",
        "headers": {"Oncekeys-Key-Expires": EXPIRES},
        "content": {"application/json": {"schema": body}},
    }


def _verified() -> Schema:
    whose = {
        "X-Oncekeys-Account": TEXT,
        "X-Oncekeys-Key": KEY_ID,
        "X-Oncekeys-Environment": ENVIRONMENT,
        "X-Oncekeys-Scopes": TEXT,
    }
    return {
        "description": "The key works; the headers say whose it is.",
        "headers": {
            "Oncekeys-Key-Expires": EXPIRES,
            **{name: {"required": True, "schema": schema} for name, schema in whose.items()},
            "X-Oncekeys-External-Id": {"schema": EXTERNAL_ID},
        },
    }


def _refusals(headers: Schema | None = None) -> Schema:
    """The codes that share a status share its response. `headers` are on every one of them."""
    by_status = groupby(sorted(Code, key=_status), key=_status)
    return {str(status): _problems(list(codes), headers or {}) for status, codes in by_status}


def _status(code: Code | ErrorCode | RequestCode) -> int:
    return ANSWERS[code].status


def _problems(codes: Sequence[Code | ErrorCode | RequestCode], headers: Schema) -> Schema:
    schema = {
        "allOf": [{"$ref": "#/components/schemas/Problem"}],
        "properties": {"code": {"enum": codes}, "status": {"const": _status(codes[0])}},
    }
    return {
        "description": " ".join(f"`{code}`: {_sentence(code)}" for code in codes),
        "headers": {**{name: KNOWN_HEADERS[name] for code in codes for name in ANSWERS[code].headers}, **headers},
        "content": {MEDIA_TYPE: {"schema": schema}},
    }


def _sentence(code: Code | ErrorCode | RequestCode) -> str:
    """What the answer says, where it always says the same."""
    fixed = DETAILS.get(code) if isinstance(code, Code) else None
    return fixed or f"{ANSWERS[code].title}."


def _problem() -> Schema:
    return _object(type=TEXT, title=TEXT, status={"type": "integer"}, code={"enum": list(ANSWERS)}, detail=TEXT)


def _object(**properties: Schema) -> Schema:
    return {"type": "object", "properties": properties, "required": list(properties)}


def _with_optional(schema: Schema, **properties: Schema) -> Schema:
    return {**schema, "properties": {**schema["properties"], **properties}}
