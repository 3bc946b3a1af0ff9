"""What the schema says of every address alike: how it refuses, and which header fields it knows."""

from __future__ import annotations

from typing import Any

from drf_spectacular.extensions import OpenApiAuthenticationExtension

from api.caller import Scope, needed_scope
from api.idempotency import FORM
from api.problems import MEDIA_TYPE, PROBLEMS

PROBLEM = {
    "type": "object",
    "description": "What was refused and how to mend it (RFC 9457).",
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "code": {"type": "string", "enum": list(PROBLEMS)},
        "detail": {"type": "string"},
        "mend": {"type": "string"},
        "errors": {"type": "array", "items": {"$ref": "#/components/schemas/Error"}},
    },
    "required": ["type", "title", "status", "code", "detail", "mend"],
}
ERROR = {
    "type": "object",
    "description": "A field that cannot be taken; `pointer` leads to it in the body that was sent.",
    "properties": {name: {"type": "string"} for name in ("pointer", "detail", "code")},
    "required": ["pointer", "detail", "code"],
}
IDEMPOTENCY = {
    "name": "Idempotency-Key",
    "in": "header",
    "description": "Your own name for this change. Repeat the request with it as often as you need: it happens once.",
    "schema": {"type": "string", "pattern": FORM.pattern},
}
IF_MATCH = {
    "name": "If-Match",
    "in": "header",
    "description": "The ETag the thing had when you read it: refused with 412 when it was changed meanwhile.",
    "schema": {"type": "string"},
}
ETAG = {"ETag": {"description": "Changes with whatever happens to the thing.", "schema": {"type": "string"}}}
OF_A_WEBHOOK = [
    {"name": name, "in": "header", "required": True, "description": text, "schema": {"type": "string"}}
    for name, text in (
        ("webhook-id", "Names the message, in every try."),
        ("webhook-timestamp", "When this try was made, in seconds since 1970."),
        ("webhook-signature", "“v1,” and the signature; two, with a space between, while the secret is replaced."),
    )
]
REFUSALS = {
    "400": "The request is not valid",
    "401": "No valid key",
    "403": "The key may not do that",
    "404": "There is no such thing",
    "406": "No such form",
    "429": "Too many requests",
}
REFUSALS_OF_CHANGES = {
    "409": "It is not in a state for that",
    "412": "It was changed meanwhile",
    "413": "The request is too large",
    "415": "The body has another form",
    "422": "The Idempotency-Key was used for another request, or an address in it is not called",
}
ONE_ORDER, ONE_WEBHOOK, ONE_CONNECTION = (
    f"/api/v1/{things}/{{id}}" for things in ("orders", "webhooks", "connections")
)
# Where a caller may say what it has read; below an order everywhere.
MATCHED = {
    ONE_WEBHOOK,
    f"{ONE_WEBHOOK}/secret",
    ONE_CONNECTION,
    f"{ONE_CONNECTION}/activation",
    f"{ONE_CONNECTION}/pause",
}
MARKED = ("/Order", "/Webhook", "/Secret", "/ConnectionDetail")  # answers that have an ETag
METHODS = ("get", "post", "put", "patch", "delete")


def with_problems(result: dict[str, Any], **_: Any) -> dict[str, Any]:
    """Add to each operation what it may be refused with, and to each change its Idempotency-Key."""
    result["components"].setdefault("schemas", {}).update(Refusal=PROBLEM, Error=ERROR)
    content = {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Refusal"}}}
    for path, address in result["paths"].items():
        for method in set(address) & set(METHODS):
            operation = address[method]
            refusals = REFUSALS if method == "get" else {**REFUSALS, **REFUSALS_OF_CHANGES}
            for status, text in refusals.items():
                operation["responses"].setdefault(status, {"description": text, "content": content})
            if method != "get":
                operation.setdefault("parameters", []).append(IDEMPOTENCY)
            if path.startswith(ONE_ORDER) or path in MATCHED:
                _tell_of_etags(operation, method)
    for address in result.get("webhooks", {}).values():
        address["post"]["parameters"] = OF_A_WEBHOOK
    return result


def _tell_of_etags(operation: dict[str, Any], method: str) -> None:
    if method != "get":
        operation["parameters"].append(IF_MATCH)
    for answer in operation["responses"].values():
        if answer.get("content", {}).get("application/json", {}).get("schema", {}).get("$ref", "").endswith(MARKED):
            answer["headers"] = ETAG


class KeyScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    """How the schema tells of keys and tokens."""

    target_class = "api.caller.KeyAuthentication"
    name = ["key", "client_credentials"]  # noqa: RUF012 - as the base class has it

    def get_security_definition(self, auto_schema: Any) -> list[dict[str, Any]]:
        scopes = {scope.value: str(scope.label) for scope in Scope}
        flow = {"tokenUrl": "/api/v1/token", "scopes": scopes}
        return [
            {"type": "http", "scheme": "bearer", "bearerFormat": "osk_…"},
            {"type": "oauth2", "flows": {"clientCredentials": flow}},
        ]

    def get_security_requirement(self, auto_schema: Any) -> list[dict[str, list[str]]]:
        return [{"key": []}, {"client_credentials": [needed_scope(auto_schema.method, auto_schema.view)]}]


def without_titles(result: dict[str, Any], **_: Any) -> dict[str, Any]:
    """Take out the titles of properties: they would be the support desk's names of the fields, see its `desk_words`."""
    for form in result.get("components", {}).get("schemas", {}).values():
        for part in form.get("properties", {}).values():
            part.pop("title", None)
    return result
