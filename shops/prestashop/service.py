"""PrestaShop's web service as records to list, read, create, change and delete."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any
from xml.etree.ElementTree import Element, SubElement, tostring

from adapterkit.errors import (
    AuthenticationFailed,
    MalformedResponse,
    NotFound,
    OutcomeUnknown,
    Rejected,
    TemporarilyUnavailable,
)
from adapterkit.spec import Endpoint
from adapterkit.transport import Answer, Transport
from shops.prestashop import answers, spec
from shops.prestashop.answers import Json
from shops.prestashop.texts import CONTROL

Fields = Mapping[str, Any]


VERBS = ""  # where the rights tell what verbs the shop has
PATCHES, NOTES = (8,), (1, 7, 8)  # the versions that brought the method, and notes of orders


class WebService:
    """The verbs on one shop's resources. Bodies are XML, which is all that PrestaShop reads; answers are JSON."""

    def __init__(self, transport: Transport, settings: Mapping[str, str]) -> None:
        self._transport = transport
        self._shop = {"id_shop": settings.get("shop_id") or None}
        self.clock: datetime | None = None  # the shop's, of the last answer
        self.version: tuple[int, ...] = ()  # of PrestaShop; known from its first answer, where nobody hides it

    def rows(
        self,
        resource: str,
        *,
        display: str,
        where: Mapping[str, str] | None = None,
        sort: str = "",
        limit: str = "",
        optional: bool = False,
        kept: bool = False,
        more: Mapping[str, str] | None = None,
    ) -> Sequence[Json]:
        """List records. `where` holds filters in the web service's own form: `[7|8]`, `>[7]`, `%[text]%`.

        `more` holds parameters of other kinds. `optional` says that not every version has the field to filter by:
        where there is no such field, no record is found. `kept` says that an answer of a moment ago will do.
        """
        query: dict[str, str | None] = {f"filter[{name}]": value for name, value in (where or {}).items()}
        query |= {"display": display, "sort": sort or None, "limit": limit or None, **(more or {})}
        try:
            return answers.rows_of(self._call(spec.FACTS if kept else spec.LIST, query=query, resource=resource))
        except Rejected as error:
            if optional and error.code == answers.UNKNOWN_FILTER:
                return []
            raise
        except (MalformedResponse, TemporarilyUnavailable) as error:
            self.forget()  # a page in place of data is not kept for others
            raise self._transport.telling(error) from None

    def row(self, resource: str, record_id: str) -> Json:
        """Read one record; raises `NotFound`."""
        if not record_id.isdecimal():
            raise NotFound("The shop does not have it", status=404)
        return self._row(self._call(spec.READ, resource=resource, record_id=record_id))

    def _row(self, body: Any) -> Json:
        try:
            return answers.row_of(body)
        except MalformedResponse as error:
            raise self._transport.telling(error) from None

    def create(self, resource: str, fields: Fields) -> Json:
        """Create a record and return it as the web service tells it, which for an order is what was sent."""
        content = written(spec.NODES[resource], fields)
        body = self._call(spec.CREATE, content=content, resource=resource)
        try:
            return self._row(body)
        except MalformedResponse as error:
            raise OutcomeUnknown(error.message, remote=error.remote) from None

    def made(self, resource: str, fields: Fields, find: Callable[[], Sequence[Json]]) -> Json:
        """Create a record; where PHP's complaints hide the answer, `find` what was saved."""
        try:
            return self.create(resource, fields)
        except answers.Noisy:
            found = find()
            if not found:
                raise
            return found[-1]

    def change(self, resource: str, record_id: str, fields: Fields) -> None:
        """Change these fields of a record, and no others."""
        if not self.version or self.version >= PATCHES:
            content = written(spec.NODES[resource], {"id": record_id, **fields})
            try:
                self._call(spec.CHANGE, content=content, resource=resource, record_id=record_id)
            except Rejected as error:
                if error.code != answers.UNKNOWN_METHOD:
                    raise
            else:
                return
        self._change_whole(resource, record_id, fields)

    def delete(self, resource: str, record_id: str) -> None:
        """Delete a record; raises `NotFound` when there is none, `Rejected` when the shop keeps it."""
        self._call(spec.DELETE, resource=resource, record_id=record_id)

    def forget(self) -> bool:
        """Keep no answer from before; return whether one was used that may be out of date."""
        return self._transport.forget()

    def rights(self) -> Mapping[str, set[str]]:
        """Return what the key may do, by resource: verbs in small letters, and all that the shop has of any as "".

        An older shop has no `patch` at all; a newer one names it even where the key may not use it.
        """
        root = answers.xml_of(spec.RIGHTS, self._answer(spec.RIGHTS)).find("api")
        if root is None:
            raise MalformedResponse("The shop does not tell what its key may do")
        granted = {node.tag: {name for name, value in node.attrib.items() if value == "true"} for node in root}
        return {**granted, VERBS: {name for node in root for name in node.attrib}}

    def _change_whole(self, resource: str, record_id: str, fields: Fields) -> None:
        """PUT empties each field that it is not sent, so send all of them back; an older shop may not have these."""
        node = spec.NODES[resource]
        root = answers.xml_of(spec.READ, self._answer(spec.READ, resource=resource, record_id=record_id))
        record = root.find(node)
        if record is None:
            raise MalformedResponse("The shop answered without the record", remote=node)
        for rows in record.findall("associations"):
            record.remove(rows)
        found = {name: record.find(name) for name in fields}
        for name, kept in found.items():
            if kept is not None:
                kept.text = _text(fields[name])
        if any(kept is not None for kept in found.values()):
            self._call(spec.REPLACE, content=_bytes(root), resource=resource, record_id=record_id)

    def _call(
        self, endpoint: Endpoint, *, query: Fields | None = None, content: bytes | None = None, **path: str
    ) -> Any:
        answer = self._answer(endpoint, query={"output_format": "JSON", **(query or {})}, content=content, **path)
        return answers.data_of(endpoint, answer)

    def _answer(
        self, endpoint: Endpoint, *, query: Fields | None = None, content: bytes | None = None, **path: str
    ) -> Answer:
        answer = self._transport.call(
            endpoint,
            query={**self._shop, **(query or {})},
            body=content,
            path=path,
        )
        self.clock = answer.at
        self.version = _version(answer.headers.get("PSWS-Version", "")) or self.version
        return answer


def written(node: str, fields: Fields) -> bytes:
    """Return the XML of one record. A mapping becomes nested nodes, a list those of all its mappings."""
    root = Element("prestashop")
    _write(SubElement(root, node), fields)
    return _bytes(root)


def _bytes(root: Element) -> bytes:
    text: bytes = tostring(root, encoding="utf-8", xml_declaration=True)
    return text


def _write(parent: Element, fields: Fields) -> None:
    for name, value in fields.items():
        if isinstance(value, Mapping):
            _write(SubElement(parent, name), value)
        elif isinstance(value, list):
            rows = SubElement(parent, name)
            for entry in value:
                _write(rows, entry)
        else:
            SubElement(parent, name).text = _text(value)


def _text(value: Any) -> str:
    return CONTROL.sub("", f"{value}")


def _version(told: str) -> tuple[int, ...]:
    return tuple(int(part) for part in re.findall(r"\d+", told)[:3])


def either(values: Sequence[str]) -> str:
    """Return the filter for any of these values."""
    return f"[{'|'.join(values)}]"


def missing_rights(granted: Mapping[str, set[str]], needed: Mapping[str, str]) -> AuthenticationFailed | None:
    """Return the refusal that names what the key lacks. `needed` holds verbs, separated by blanks, by resource."""
    changes = {"patch"} if "patch" in granted[VERBS] else {"put"}
    lacking = []
    for resource, verbs in needed.items():
        wanted = {verb for name in verbs.split() for verb in (changes if name == "patch" else {name})}
        if missing := wanted - granted.get(resource, set()):
            lacking.append(f"{resource}: {', '.join(verb.upper() for verb in sorted(missing))}")
    if not lacking:
        return None
    return AuthenticationFailed(
        "The key lacks rights; tick them in the shop under Advanced Parameters > Webservice", remote="; ".join(lacking)
    )
