"""What is refused, as RFC 9457 tells it: a stable code, what happened, and how to mend it, in the caller's language."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from django.core.exceptions import PermissionDenied, RequestDataTooBig
from django.http import Http404
from django.utils.translation import gettext_lazy as _
from rest_framework import exceptions
from rest_framework.response import Response
from rest_framework.views import exception_handler

MEDIA_TYPE = "application/problem+json"
# code → (title, how to mend it). A code never changes its meaning.
PROBLEMS: Mapping[str, tuple[Any, Any]] = {
    "invalid": (_("The request is not valid"), _("Correct the fields named in “errors” and send it again.")),
    "unreadable": (_("The request cannot be read"), _("Send a JSON object in UTF-8.")),
    "not_authenticated": (_("No key was sent"), _("Send your key as “Authorization: Bearer osk_…”.")),
    "invalid_key": (_("The key is not valid"), _("Make a new key under Company > API keys.")),
    "scope_missing": (_("The key may not do that"), _("Use a key that has the scope named in “detail”.")),
    "not_found": (_("There is no such thing"), _("Check the id; another company's things are not found either.")),
    "method_not_allowed": (_("Not possible here"), _("The answer's Allow header names the methods there are.")),
    "not_acceptable": (_("No such form"), _("Ask for application/json.")),
    "unsupported_media_type": (_("The body has another form"), _("Send application/json.")),
    "throttled": (_("Too many requests"), _("Wait as long as the Retry-After header says, then go on.")),
    "conflict": (_("It is not in a state for that"), _("Read it again and decide anew.")),
    "changed_meanwhile": (_("It was changed meanwhile"), _("Read it again, and send its new ETag as If-Match.")),
    "key_reused": (
        _("The Idempotency-Key was used for another request"),
        _("Use a new key for every new request, and the same one only to repeat the very same request."),
    ),
    "not_pulled": (
        _("This shop gets its orders by itself"),
        _("Only orders of a shop that was connected as “any other platform” are fetched and acknowledged here."),
    ),
    "order_held": (
        _("The order waits for a person"),
        _("Its “problem” or “hold” says why; leave it alone until it is listed as new again."),
    ),
    "order_closed": (_("The order is not wanted any more"), _("Do not ship it; cancel what you made of it.")),
    "acknowledged_otherwise": (
        _("The order was acknowledged with another number"),
        _("“shop_order” names it. If you made a second one, cancel that."),
    ),
    "number_taken": (
        _("Another order was acknowledged with this number"),
        _("Send the number of your own order that stands for this one."),
    ),
    "not_in_shop": (_("The order is not in the shop yet"), _("Acknowledge it first.")),
    "nothing_open": (
        _("Nothing of the order is left to ship"),
        _("Its lines say what became of them."),
    ),
    "too_many_pieces": (
        _("More pieces than are left to ship"),
        _("Read the order; “quantity_open” of its lines says how many are left."),
    ),
    "already_reported": (
        _("The marketplace was told already"),
        _("Correct it at the marketplace itself."),
    ),
    "not_cancellable": (
        _("It cannot be cancelled from here"),
        _("It is shipped, cancelled already, a test, or the marketplace takes no cancellations; cancel it there."),
    ),
    "only_whole": (
        _("Lines of it cannot be cancelled apart"),
        _("Cancel it whole, or wait until it is in the shop; some marketplaces take whole orders only."),
    ),
    "already_answered": (_("The return was answered already"), _("Read it again; “result” says how.")),
    "shop_keeps_products": (
        _("This project's products come from its shop"),
        _("Change them in the shop; only a shop connected as “any other platform” tells its products here."),
    ),
    "test_refused": (_("No test order can be made of this"), _("Import the product, or choose one with enough stock.")),
    "no_test_order": (_("The order is no test"), _("Send a test order, and have that one sent back.")),
    "steps_open": (
        _("The connection is not ready"),
        _("Do the steps that are not done; “steps” of the connection names them."),
    ),
    "answer_lost": (_("No answer came"), _("It may have happened: repeat it with the same Idempotency-Key.")),
    "address_refused": (
        _("This address is not called"),
        _("Send a public address over https; “detail” says what is wrong with this one."),
    ),
    "too_many_webhooks": (_("The company has as many webhooks as it may"), _("Remove one that is not needed.")),
    "webhook_off": (
        _("The webhook is switched off"),
        _("Switch it on; what it missed is sent then. Only then can messages be replayed."),
    ),
    "too_many_messages": (_("The time holds too many messages"), _("Ask for a shorter time, several times.")),
    "too_large": (_("The request is too large"), _("Send it in several parts.")),
}


class Conflict(exceptions.APIException):
    """The thing exists, and its state does not allow what was asked; `code` is one of `PROBLEMS`."""

    status_code = 409

    def __init__(self, code: str = "conflict", detail: str = "") -> None:
        super().__init__(detail or PROBLEMS[code][0], code)


class ChangedMeanwhile(exceptions.APIException):
    status_code = 412
    default_code = "changed_meanwhile"
    default_detail = _("The thing is not as your If-Match header says.")


class KeyReused(exceptions.APIException):
    status_code = 422
    default_code = "key_reused"
    default_detail = _("This Idempotency-Key stands for a request with another body, method or address.")


class AddressNotCalled(exceptions.APIException):
    """The body is well-formed, and names an address that is not called."""

    status_code = 422
    default_code = "address_refused"


class TooLarge(exceptions.APIException):
    status_code = 413
    default_code = "too_large"
    default_detail = _("The body is larger than is read at once.")


def answer(error: Exception, context: dict[str, Any]) -> Response | None:
    """Turn what a view raised into a problem; None for a mistake of ours, which the server answers with 500."""
    if isinstance(error, Http404):
        error = exceptions.NotFound()
    elif isinstance(error, PermissionDenied):
        error = exceptions.PermissionDenied()
    elif isinstance(error, RequestDataTooBig):
        error = TooLarge()
    response = exception_handler(error, context)
    if response is None or not isinstance(error, exceptions.APIException):
        return response
    code = code_of(error)
    title, mend = PROBLEMS[code]
    body: dict[str, Any] = {
        "type": f"urn:ordersync:problem:{code}",
        "title": str(title),
        "status": response.status_code,
        "code": code,
        "detail": _words(error),
        "mend": str(mend),
    }
    if isinstance(error, exceptions.ValidationError):
        body["errors"] = list(_errors(error.get_full_details()))
    response.data = body
    response.content_type = MEDIA_TYPE
    return response


def code_of(error: exceptions.APIException) -> str:
    if isinstance(error, exceptions.ValidationError):
        return "invalid"
    codes = error.get_codes()
    code = codes if isinstance(codes, str) else "invalid"
    match code:
        case "parse_error":
            return "unreadable"
        case "permission_denied":
            return "scope_missing"
        case "authentication_failed":
            return "invalid_key"
        case _:
            return code if code in PROBLEMS else "conflict"


def _words(error: exceptions.APIException) -> str:
    if isinstance(error, exceptions.ValidationError):
        return str(_("One field or more cannot be taken."))
    return str(error.detail)


def _errors(details: Any, pointer: str = "") -> Iterator[dict[str, str]]:
    """Yield what is wrong where, as JSON pointers into the body that was sent."""
    if isinstance(details, Mapping) and set(details) == {"message", "code"}:
        yield {"pointer": pointer, "detail": str(details["message"]), "code": str(details["code"])}
    elif isinstance(details, Mapping):
        for name, inner in details.items():
            yield from _errors(inner, pointer if name == "non_field_errors" else f"{pointer}/{name}")
    elif isinstance(details, list):
        # A list of messages belongs to one field; a list of mappings to the items of a list.
        for number, inner in enumerate(details):
            message = isinstance(inner, Mapping) and set(inner) == {"message", "code"}
            yield from _errors(inner, pointer if message else f"{pointer}/{number}")
