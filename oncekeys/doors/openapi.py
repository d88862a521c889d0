"""Describes the API in OpenAPI 3.1, from the same tables that the responses come from.

The API reference is made from this description, so everything it shows is in here. Other tools know `x-codeSamples`
too. `x-problems`, `x-scopes` and `x-wrong-keys-per-minute` are our own.
"""

from collections.abc import Sequence
from itertools import groupby
from typing import Any

from oncekeys import conf
from oncekeys.doors import forward_auth, problems
from oncekeys.doors.code_samples import Call, samples
from oncekeys.doors.problems import ANSWERS, MEDIA_TYPE, REASONS, ErrorCode, RequestCode
from oncekeys.keys import brand, diagnosis
from oncekeys.keys.token import KEY_ID_LENGTH
from oncekeys.models import Environment
from oncekeys.services.refusals import Code
from oncekeys.services.rotation import DEFAULT_GRACE, LONGEST_GRACE

Schema = dict[str, Any]

SECURITY_SCHEMES: dict[str, dict[str, str]] = {
    "ApiKey": {"type": "apiKey", "in": "header", "name": "API-Key", "description": "Only the API key."},
    "BearerKey": {"type": "http", "scheme": "bearer", "description": "The API key as a bearer token."},
    "XApiKey": {"type": "apiKey", "in": "header", "name": "X-API-Key", "description": "Only the API key."},
    "BasicKey": {
        "type": "http",
        "scheme": "basic",
        "description": "The API key as user name, with no password.",
    },
}

TEXT: Schema = {"type": "string"}
KEY_ID: Schema = {"type": "string", "pattern": f"^[0-9A-Za-z]{{{KEY_ID_LENGTH}}}$"}
ENVIRONMENT: Schema = {"type": "string", "enum": Environment.values, "description": "Either production or staging."}
EXTERNAL_ID: Schema = {**TEXT, "description": "The account's ID in your own system. Absent if it has none."}
MOMENT: Schema = {"type": "string", "format": "date-time"}
MOMENT_OR_NULL: Schema = {"oneOf": [MOMENT, {"type": "null"}]}
SCOPES: Schema = {"type": "array", "items": TEXT, "minItems": 1}
ACCOUNT: Schema = {"description": "Name and slug of the account that the key belongs to."}
KEY: Schema = {"description": "ID and name of the key. Neither is secret."}
GRACE_SECONDS: Schema = {
    "type": "integer",
    "minimum": 0,
    "maximum": int(LONGEST_GRACE.total_seconds()),
    "default": int(DEFAULT_GRACE.total_seconds()),
    "description": "How long the old key keeps working: a day by default, 7 days at most.",
}

RETRY_AFTER = {"description": "Seconds to wait.", "schema": {"type": "integer"}}
CHALLENGE = {"description": "How to authenticate (RFC 6750).", "schema": TEXT}
EXPIRES = {
    "description": "When the key expires, as an HTTP date (RFC 9110). Absent if it never does.",
    "schema": TEXT,
}
KNOWN_HEADERS = {"WWW-Authenticate": CHALLENGE, "Retry-After": RETRY_AFTER}
PROBLEM = {"description": "The problem document again, for proxies that drop the body.", "schema": TEXT}
ALLOW = {"description": "The methods that the path supports.", "schema": TEXT}

# The facts that a refusal names if it knows them.
FACTS: dict[str, dict[str, Schema]] = {
    Code.EXPIRED_KEY: {"expired_at": {**MOMENT, "description": "When the key expired."}},
    Code.PAUSED_KEY: {"paused_at": {**MOMENT, "description": "When the key was paused."}},
    Code.WRONG_ENVIRONMENT: {
        "environment": {**ENVIRONMENT, "description": "The environment that the key is for."},
        "required_environment": {**ENVIRONMENT, "description": "The environment that this request needs."},
    },
    Code.ADDRESS_NOT_ALLOWED: {"ip_address": {**TEXT, "description": "The IP address that the request came from."}},
    Code.INSUFFICIENT_SCOPE: {
        "required_scopes": {**SCOPES, "description": "The scopes that this request needs."},
        "missing_scopes": {**SCOPES, "description": "The required scopes that the key lacks."},
    },
    Code.TOO_MANY_FAILURES: {"ip_address": {**TEXT, "description": "The IP address that the request came from."}},
}

VERIFIED_SCOPES = {
    "name": "scope",
    "in": "query",
    "description": "Scopes the key must have, separated by spaces. Set it in the proxy, never in its client.",
    "schema": TEXT,
}


def document(origin: str, mount: str) -> Schema:
    """Return the whole description, ready for JSON. `origin` is the site's URL, `mount` the path above the API."""
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "oncekeys",
            "version": "1",
            "description": "Check that your key works, rotate it and revoke it. Responses are JSON.",
        },
        "servers": [{"url": origin}],
        "security": [{name: []} for name in SECURITY_SCHEMES],
        "paths": {
            f"{mount}v1/test": {"get": _test(f"{origin}{mount}v1/test")},
            f"{mount}v1/key/rotate": {"post": _rotation(f"{origin}{mount}v1/key/rotate")},
            f"{mount}v1/key": {"delete": _revocation(f"{origin}{mount}v1/key")},
            f"{mount}v1/verify": {"get": _verification(f"{origin}{mount}v1/verify")},
        },
        "components": {"securitySchemes": SECURITY_SCHEMES, "schemas": {"Problem": _problem()}},
        "x-scopes": list(conf.scopes()),
        "x-wrong-keys-per-minute": conf.failures_per_minute(),
        "x-problems": [_reason(code) for code in ANSWERS],
    }


def _operation(
    identifier: str, summary: str, description: str, call: Call, success: Schema, refusals: Schema
) -> Schema:
    not_allowed = {"405": _problems([RequestCode.METHOD_NOT_ALLOWED], {"Allow": ALLOW})}
    return {
        "operationId": identifier,
        "summary": summary,
        "description": description,
        "responses": {**success, **refusals, **not_allowed},
        "x-codeSamples": samples(call),
    }


def _test(url: str) -> Schema:
    description = "Tells you whose key it is and what it may do. Use it for your first request and for health checks."
    return _operation("test", "Test a key", description, Call("GET", url), {"200": _works()}, _refusals())


def _verification(url: str) -> Schema:
    refusals = _refusals({forward_auth.PROBLEM_HEADER: PROBLEM})
    description = (
        "Your proxy asks here before it lets a request through (forward-auth). A valid key gets 204, and the headers "
        "tell your application whose key it is."
    )
    call = Call("GET", f"{url}?scope={conf.scopes()[0]}" if conf.scopes() else url, answers=False)
    operation = _operation("verify", "Verify, for reverse proxies", description, call, {"204": _verified()}, refusals)
    return {**operation, "parameters": [VERIFIED_SCOPES]}


def _revocation(url: str) -> Schema:
    revoked = {"description": "The key is deleted. A key that it replaced keeps working until its grace period ends."}
    description = "Deletes the key you send. Its next request is refused. This can't be undone."
    call = Call("DELETE", url, answers=False)
    return _operation("revoke", "Revoke the key", description, call, {"204": revoked}, _refusals())


def _rotation(url: str) -> Schema:
    wanted = {"type": "object", "properties": {"grace_seconds": GRACE_SECONDS}, "additionalProperties": False}
    errors = {str(ANSWERS[code].status): _problems([code], {}) for code in ErrorCode}
    description = (
        "Creates a new key with the same name, environment, limits and expiry as the one you send. The old "
        "key keeps working for the grace period."
    )
    call = Call("POST", url, '{"grace_seconds": 3600}')
    return {
        **_operation("rotate", "Rotate the key", description, call, {"200": _rotated()}, {**_refusals(), **errors}),
        "requestBody": {"required": False, "content": {"application/json": {"schema": wanted}}},
    }


def _rotated() -> Schema:
    body = _object(
        api_key={**TEXT, "description": "The new key. It is never shown again."},
        key={**_object(id=KEY_ID, name=TEXT), "description": "ID and name of the new key."},
        environment=ENVIRONMENT,
        expires_at={**MOMENT_OR_NULL, "description": "When the new key expires, or null if it never does."},
        replaces={
            **_object(id=KEY_ID, works_until=MOMENT_OR_NULL),
            "description": "The old key's ID, and when it stops working: null if it already has.",
        },
    )
    example = {
        "api_key": f"{brand.current()}_live_4wFFyp1Wuh1h_…",
        "key": {"id": "4wFFyp1Wuh1h", "name": "Nightly export"},
        "environment": "production",
        "expires_at": None,
        "replaces": {"id": "9cruG8oRG87T", "works_until": "2026-11-26T15:02:11Z"},
    }
    return _success("The new key.", body, example)


def _works() -> Schema:
    body = _object(
        message=TEXT,
        account={**_with_optional(_object(name=TEXT, slug=TEXT), external_id=EXTERNAL_ID), **ACCOUNT},
        key={**_object(id=KEY_ID, name=TEXT), **KEY},
        environment=ENVIRONMENT,
        scopes={**SCOPES, "description": "What the key may do."},
        expires_at={**MOMENT_OR_NULL, "description": "When the key expires, or null if it never does."},
    )
    example = {
        "message": "Your API key works.",
        "account": {"name": "Acme", "slug": "acme"},
        "key": {"id": "9cruG8oRG87T", "name": "Nightly export"},
        "environment": "production",
        "scopes": ["full"],
        "expires_at": None,
    }
    return _success("The key works.", body, example)


def _success(description: str, schema: Schema, example: Schema) -> Schema:
    return {
        "description": description,
        "headers": {"Oncekeys-Key-Expires": EXPIRES},
        "content": {"application/json": {"schema": schema, "example": example}},
    }


def _verified() -> Schema:
    whose = {
        "X-Oncekeys-Account": {**TEXT, "description": "Slug of the account."},
        "X-Oncekeys-Key": {**KEY_ID, "description": "Key ID."},
        "X-Oncekeys-Environment": ENVIRONMENT,
        "X-Oncekeys-Scopes": {**TEXT, "description": "What the key may do, separated by spaces."},
    }
    return {
        "description": "The key works, and the headers say whose it is.",
        "headers": {
            "Oncekeys-Key-Expires": EXPIRES,
            **{
                name: {"required": True, "description": schema["description"], "schema": schema}
                for name, schema in whose.items()
            },
            "X-Oncekeys-External-Id": {"description": EXTERNAL_ID["description"], "schema": EXTERNAL_ID},
        },
    }


def _refusals(headers: Schema | None = None) -> Schema:
    """Return the responses by status. Codes with the same status share a response, and all have these `headers`."""
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
        "description": " ".join(f"`{code}`: {REASONS[code].meaning}" for code in codes),
        "headers": {**{name: KNOWN_HEADERS[name] for code in codes for name in ANSWERS[code].headers}, **headers},
        "content": {MEDIA_TYPE: {"schema": schema}},
    }


def _problem() -> Schema:
    always = _object(type=TEXT, title=TEXT, status={"type": "integer"}, code={"enum": list(ANSWERS)}, detail=TEXT)
    return _with_optional(always, **{name: schema for facts in FACTS.values() for name, schema in facts.items()})


def _reason(code: Code | ErrorCode | RequestCode) -> Schema:
    """Return a row of the reference. If the sentence depends on the request, `details` has all possible ones."""
    meaning, remedy = REASONS[code]
    details = list(diagnosis.sentences()) if code is Code.MALFORMED_KEY else []
    return {
        "code": code,
        "status": _status(code),
        "type": problems.type_of(code),
        "title": ANSWERS[code].title,
        "meaning": meaning,
        "remedy": remedy,
        "members": list(FACTS.get(code, ())),
        **({"details": details} if details else {}),
    }


def _object(**properties: Schema) -> Schema:
    return {"type": "object", "properties": properties, "required": list(properties)}


def _with_optional(schema: Schema, **properties: Schema) -> Schema:
    return {**schema, "properties": {**schema["properties"], **properties}}
