"""Reads what PrestaShop's web service answers: data among PHP's own words, and refusals in four forms; pure.

Observed: errors as JSON or XML with a code; one plain sentence, or nothing at all, behind a 500 of type text/html;
404 with an empty body for an id that is unknown; warnings of PHP before or after the data, or in the list of errors,
where they turn a write that happened into a 500.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from json import JSONDecoder
from typing import Any, NoReturn
from xml.etree.ElementTree import Element

from adapterkit.dialects import Text
from adapterkit.errors import (
    AdapterError,
    AuthenticationFailed,
    MalformedResponse,
    NotFound,
    OutcomeUnknown,
    Rejected,
    TemporarilyUnavailable,
)
from adapterkit.spec import Effect, Endpoint
from adapterkit.transport import Answer
from adapterkit.wire import decoded, decoded_xml

Json = Mapping[str, Any]
DATA = re.compile(r'(?:^|(?<=[\n>]))\s*(\{\s*"|\[\s*[\]{"])')  # where data may begin: not within a warning's line
XML_ERROR = re.compile(
    r"<error>\s*(?:<code>(?:<!\[CDATA\[)?(\d*)(?:\]\]>)?</code>)?\s*<message>(?:<!\[CDATA\[)?(.*?)(?:\]\]>)?</message>",
    re.DOTALL,
)
PHP = "[PHP "  # how the web service's own handler begins what PHP complained of
UNKNOWN_METHOD, UNKNOWN_FILTER, SWITCHED_OFF, FORBIDDEN_SHOP = "23", "32", "22", "132"
FORBIDDEN = {"25", "26"}  # the method, the resource
GONE = {"87", "92", "131"}
SENTENCE = 300  # characters; longer plain text is a page


class Noisy(OutcomeUnknown):
    """PHP complained while a write was handled; most often it was saved all the same."""


def data_of(endpoint: Endpoint, answer: Answer) -> Any:
    """Return the JSON of an answer that is a success, whatever PHP wrote around it."""
    text = str(answer.body or "")
    if not text.strip() and endpoint.method == "DELETE":
        return None
    try:
        return picked(text)
    except ValueError:
        _unreadable(endpoint, answer, text)


def picked(text: str) -> Any:
    """Return the JSON in a text, without PHP's words before and after it; raises ValueError."""
    found = DATA.search(text)
    if found is None:
        raise ValueError("no JSON")
    start = found.start(1)
    try:
        return decoded(text[start:].encode())
    except ValueError:
        end = JSONDecoder().raw_decode(text, start)[1]
        return decoded(text[start:end].encode())


def xml_of(endpoint: Endpoint, answer: Answer) -> Element:
    """Return the XML of an answer that is a success, whatever PHP wrote around it."""
    text = str(answer.body or "")
    try:
        found = decoded_xml(
            text[text.find("<prestashop") : text.rfind("</prestashop>") + len("</prestashop>")].encode()
        )
    except ValueError:
        found = None
    if found is None:
        _unreadable(endpoint, answer, text)
    return found


def _unreadable(endpoint: Endpoint, answer: Answer, text: str) -> NoReturn:
    remote = text.strip()[:SENTENCE]
    if endpoint.effect is Effect.CREATES:
        raise OutcomeUnknown("The shop's answer cannot be read", remote=remote, status=answer.status)
    if not text.strip() or text.lstrip().startswith("<"):
        raise TemporarilyUnavailable(
            "A web page came instead of data; is the shop in maintenance?", remote=remote, status=answer.status
        )
    raise MalformedResponse("The shop's answer cannot be read", remote=remote, status=answer.status)


def rows_of(body: Any) -> Sequence[Json]:
    """Return the rows of a list; of none PrestaShop answers `[]`, without the list's name.

    Where a row went while the list was made, its place is left open, and the others come under their numbers.
    """
    if body == []:
        return []
    lists = [value for name, value in body.items() if name != "errors"] if isinstance(body, Mapping) else []
    rows = lists[0] if len(lists) == 1 else None
    if isinstance(rows, Mapping) and all(place.isdecimal() for place in rows):
        rows = list(rows.values())
    if not isinstance(rows, list) or not all(isinstance(row, Mapping) for row in rows):
        raise MalformedResponse("The shop's list is not a list", remote=str(body)[:SENTENCE])
    return rows


def row_of(body: Any) -> Json:
    """Return the one record of an answer, whatever its kind is called there."""
    named = body.items() if isinstance(body, Mapping) else ()
    rows = [value for name, value in named if name != "errors"]
    if len(rows) != 1 or not isinstance(rows[0], Mapping):
        raise MalformedResponse("The shop answered without the record", remote=str(body)[:SENTENCE])
    return rows[0]


@dataclass(frozen=True, kw_only=True)
class PrestaShopWords(Text):
    """XML is all that PrestaShop reads; what it answers is picked out of the text: JSON where it is asked for."""

    content_type: str = "text/xml"
    accept: str = "application/json"

    def judge(self, answer: Answer, endpoint: Endpoint) -> AdapterError | None:
        """Return what a refusal means; None leaves it to its status: a 500 with nothing to say may have happened.

        A list of errors beside the data of a success holds PHP's complaints alone.
        """
        if answer.ok:
            return None
        text = str(answer.body or "").strip()
        errors = errors_of(text)
        own = [(code, words) for code, words in errors if not words.startswith(PHP)]
        if errors and not own:
            return _noisy(endpoint, answer, errors)
        return _refusal(answer, *_joined(own)) if own else _plain(answer, text)


def errors_of(text: str) -> list[tuple[str, str]]:
    """Return code and words of each error in a JSON or XML answer."""
    try:
        body = picked(text)
    except ValueError:
        return [(code, words.strip()) for code, words in XML_ERROR.findall(text)]
    rows = body.get("errors") if isinstance(body, Mapping) else None
    return [
        (str(row.get("code", "")), str(row.get("message", "")))
        for row in (rows if isinstance(rows, list) else [])
        if isinstance(row, Mapping)
    ]


def _joined(errors: Sequence[tuple[str, str]]) -> tuple[str, str]:
    return errors[0][0], "; ".join(dict.fromkeys(words for _, words in errors))


def _noisy(endpoint: Endpoint, answer: Answer, errors: Sequence[tuple[str, str]]) -> AdapterError:
    kind = TemporarilyUnavailable if endpoint.effect is Effect.READS else Noisy
    return kind(
        "PHP complains in the shop and hides its answer; have its developer mend this or hide PHP's warnings",
        remote=_joined(errors)[1],
        status=answer.status,
    )


def _refusal(answer: Answer, code: str, words: str) -> AdapterError:  # noqa: PLR0911 - one row of a table each
    status = answer.status
    match code:
        case _ if code in FORBIDDEN:
            return AuthenticationFailed(
                "The key lacks a right; tick it in the shop under Advanced Parameters > Webservice",
                remote=words,
                status=status,
            )
        case _ if code == FORBIDDEN_SHOP:
            return AuthenticationFailed(
                "The key does not work for this shop; choose its shop association under Advanced Parameters > "
                "Webservice",
                remote=words,
                status=status,
            )
        case _ if code == SWITCHED_OFF:
            return TemporarilyUnavailable(
                "The shop's web service is switched off; switch it on under Advanced Parameters > Webservice",
                remote=words,
                status=status,
            )
        case _ if status in {401, 403}:
            return AuthenticationFailed(
                "The shop refuses the key; copy it again from Advanced Parameters > Webservice, and see that its "
                "status is on",
                remote=words,
                status=status,
            )
        case _ if code in GONE:
            return NotFound("The shop does not have it", remote=words, status=status, code=code)
        case _ if status in {408, 425, 429, 502, 503, 504}:
            return TemporarilyUnavailable("The shop is not available now", remote=words, status=status)
        case _:
            return Rejected("The shop refuses it", remote=words, status=status, code=code)


def _plain(answer: Answer, text: str) -> AdapterError | None:
    """Explain an answer that is no error of the web service's own."""
    page = "<" in text
    match answer.status:
        case 401:
            return AuthenticationFailed(
                "The shop refuses the key. If it is the one under Advanced Parameters > Webservice, the web server may "
                "keep it from PrestaShop: have the hoster switch CGIPassAuth on",
                remote="" if page else text,
                status=answer.status,
            )
        case 404 if not text:
            return NotFound("The shop does not have it", status=404)
        case 404:
            return Rejected(
                "There is no PrestaShop web service at this address; is it the shop's own, with its folder?",
                remote="" if page else text[:SENTENCE],
                status=404,
            )
        case 405:
            return Rejected(
                "The web server in front of the shop forbids PUT, PATCH or DELETE; have the hoster allow them",
                status=405,
            )
        case _:
            return None
