"""What the modules say: JSON among PHP's own words, "true" and "false" as texts, errors as a text or a list; pure."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Callable, Mapping
from decimal import Decimal
from functools import partial
from typing import Any

from adapterkit.errors import (
    AdapterError,
    AuthenticationFailed,
    NotFound,
    OutcomeUnknown,
    Rejected,
    TemporarilyUnavailable,
)

Json = Mapping[str, Any]
MISSING = "not_found"
MOST_STARTS = 400  # places in a text where JSON might begin
TAG = re.compile(r"<[^>]+>")
UNREADABLE = (ValueError, RecursionError)
_decoder = json.JSONDecoder(parse_float=Decimal)

QUOTED = re.compile(r'".*"')  # a product's title, whatever it says, plays no part

# What a module complains of, and the error it means. The first that fits counts; what would stop every order of the
# shop has to be the whole of what it says.
REFUSALS: tuple[tuple[str, Callable[..., AdapterError]], ...] = (
    (
        r"lvb orders",
        partial(
            Rejected,
            "The module takes no orders that the marketplace ships; switch FBB/LVB orders on in it",
            code="lvb",
        ),
    ),
    (
        r"^(order import|returns?|extension) (is )?not enabled.?$|^token not set in admin$",
        partial(
            AuthenticationFailed, "The module is not ready; switch it on for this store view, its order import too"
        ),
    ),
    (
        r"^(invalid|unknown|wrong) token$|^token param missing in request$",
        partial(AuthenticationFailed, "The module refuses the token"),
    ),
    (
        r"^ip: \S+ not on the whitelist$|^not access \(ip restriction\)$",
        partial(AuthenticationFailed, "The module lets only certain addresses in; add ours to its list"),
    ),
    (
        r"^(store param|missing store id)",
        partial(Rejected, "The module wants the number of the store view", code="store"),
    ),
    (
        r"deadlock|lock wait|try restarting transaction|gone away",
        partial(TemporarilyUnavailable, "The shop's database is busy"),
    ),
    (r"return with id", partial(NotFound, "The shop has no such return", code=MISSING)),
    (r"no order found|does not exist", partial(NotFound, "The shop has no such order", code=MISSING)),
    (
        r"not a channable order",
        partial(
            Rejected,
            "The shop has an order of this number that the module did not make; choose another prefix",
            code="foreign",
        ),
    ),
    (
        r"not found in (catalog|database)",
        partial(
            Rejected,
            "The shop does not know a product by its id any more; have the products imported again",
            code="unknown_product",
        ),
    ),
    (
        r"not available|out of stock|requested q(uanti)?ty",
        partial(
            Rejected,
            "The shop has too few of a product; raise its stock, or let the module take orders of what is out of stock",
            code="out_of_stock",
        ),
    ),
    (
        r"available currencies",
        partial(Rejected, "The store view does not know this currency; allow it there", code="currency"),
    ),
    (
        r"required options|grouped products|bundle products",
        partial(Rejected, "The module cannot order a product of this kind", code="product"),
    ),
    (
        r"address|enter the|is required|region",
        partial(Rejected, "The shop refuses the address; correct it here", code="address"),
    ),
    (
        r"warning:|notice:|undefined",
        partial(Rejected, "The module failed in its own program; is it the newest version?", code="php"),
    ),
)


def json_in(text: str) -> Any:
    """Return the JSON of an answer, or the longest JSON in a text that holds other words too; None without any."""
    try:
        return _decoder.decode(text)
    except UNREADABLE:
        pass
    best, length, end = None, 0, -1
    for found in list(re.finditer(r"[\[{]", text))[:MOST_STARTS]:
        if found.start() < end:
            continue
        try:
            value, end = _decoder.raw_decode(text, found.start())
        except UNREADABLE:
            continue
        if end - found.start() > length:
            best, length = value, end - found.start()
    return best


def refusal_of(answer: Json) -> AdapterError | None:
    """Return the error that an answer tells of, None when it is a good one."""
    if "errors" not in answer and str(answer.get("validated", "true")).lower() != "false":
        return None
    return refusal(words_of(answer.get("errors")))


def refusal(words: str) -> AdapterError:
    plain = QUOTED.sub("", words)
    for pattern, meaning in REFUSALS:
        if re.search(pattern, plain, re.IGNORECASE):
            return meaning(remote=words)
    return Rejected("The module refuses it", remote=words)


def words_of(errors: Any) -> str:
    """Put errors of any shape into one text, without markup."""
    match errors:
        case None | "" | [] | False:
            return "no reason given"
        case Mapping():
            parts = [words_of(value) for value in errors.values()]
        case list():
            parts = [words_of(value) for value in errors]
        case _:
            parts = [str(errors)]
    return " ".join(html.unescape(TAG.sub(" ", "; ".join(parts))).split())


def no_json(text: str, *, creating: bool) -> AdapterError:
    """Return the error for an answer without JSON: a page of the web server, of PHP, or a word of the module."""
    words = words_of(text)[:500]
    if re.search("not authenticated", text, re.IGNORECASE):
        return AuthenticationFailed("The module refuses the key", remote=words)
    if creating:
        return OutcomeUnknown("The answer cannot be read", remote=words)
    return TemporarilyUnavailable("Something else came instead of data; is there a maintenance page?", remote=words)
