"""A simulated PrestaShop web service, with the habits observed on PrestaShop 8.2 and read in its source.

Takes XML only; lists nothing as `[]`; answers an unknown id with 404 and no body, an unknown filter with 500; tells of
an order what was sent, keeps its own; says nothing behind many a 500; accepts unknown products in carts, orders of what
is not in stock, and one more order of a cart when two requests run at once; cuts references to nine characters. Chooses
the rows of a list first and reads each of them after that: one may show a later date than it was chosen by, or be gone,
which leaves its place in the list open.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import Any
from xml.etree.ElementTree import Element, SubElement, tostring

import orjson
from defusedxml.ElementTree import ParseError, fromstring

from adapterkit.simulator import Request, Response, route
from shops.prestashop import rules
from shops.prestashop.checkout import PrestaShopCheckout, Refusal
from shops.prestashop.rules import Rule
from shops.prestashop.world import RESOURCES, VERBS, Json

NODES = {
    "addresses": "address", "configurations": "configuration", "countries": "country", "currencies": "currency",
    "order_histories": "order_history", "order_slip": "order_slip", "stock_availables": "stock_available",
}  # fmt: skip
CLASSES = {"addresses": "Address", "customers": "Customer", "carts": "Cart", "orders": "Order"}
RULES: Mapping[str, Mapping[str, Rule]] = {
    "addresses": rules.ADDRESSES,
    "carts": rules.CARTS,
    "customers": rules.CUSTOMERS,
    "order_histories": rules.ORDER_HISTORIES,
    "orders": rules.ORDERS,
    "specific_prices": rules.SPECIFIC_PRICES,
}
# Fields that a resource has even when none of its records says so.
FIELDS: Mapping[str, Sequence[str]] = {
    "addresses": ("id", "alias", "id_customer", "id_country", "deleted"),
    "carriers": ("id", "id_reference", "deleted", "active", "is_free", "name"),
    "carts": ("id", "gift_message", "id_customer", "id_address_delivery"),
    "combinations": ("id", "id_product", "reference", "ean13"),
    "configurations": ("id", "name", "value", "id_shop"),
    "countries": ("id", "iso_code", "active", "contains_states"),
    "currencies": ("id", "iso_code"),
    "customers": ("id", "email", "secure_key", "id_default_group"),
    "order_states": ("id", "paid", "shipped"),
    "order_carriers": ("id", "id_order", "id_carrier", "tracking_number"),
    "order_slip": ("id", "id_order"),
    "orders": ("id", "id_cart", "note", "gift_message", "reference", "module", "date_upd", "current_state"),
    "product_option_values": ("id", "name"),
    "products": ("id", "reference", "ean13", "name"),
    "specific_prices": ("id", "id_cart", "id_product", "id_product_attribute"),
    "states": ("id", "id_country", "iso_code", "name"),
    "stock_availables": ("id", "id_product", "id_product_attribute", "id_shop", "quantity"),
}
NULLS = {"note", "gift_message", "tracking_number", "url"}  # told as null where they are empty; others are left out
NOTICE = "<br />\n<b>Warning</b>:  Undefined array key [0] in <b>/var/www/html/Cart.php</b> on line <b>77</b><br />\n"


class PrestaShopSimulator(PrestaShopCheckout):
    """See the module."""

    def authenticate(self, request: Request) -> Response | None:
        if not self.world.web_service:
            return self._errors(503, (22, "The PrestaShop webservice is disabled. Please activate it"))
        sent = request.headers.get("Authorization", "")
        if not sent:
            return Response(401, "401 Unauthorized", media_type="text/html")
        if sent == "Basic " + base64.b64encode(f"{self.key}:".encode()).decode():
            return None
        errors = ((20, "Authentification key is not active"), (21, "No permission for this authentication key"))
        return Response(401, _xml_errors(errors), media_type="text/xml")

    @route("GET", "/api")
    def rights(self, request: Request) -> Response:
        root = Element("prestashop")
        api = SubElement(root, "api", {"shopName": "Demo"})
        verbs = [verb for verb in VERBS if verb != "patch" or self._patches()]
        for name, granted in sorted(self.world.rights.items()):
            node = SubElement(api, name, {verb: "true" if verb in granted else "false" for verb in verbs})
            SubElement(node, "description").text = name
        return Response(200, tostring(root, encoding="utf-8"), media_type="text/xml")

    @route("GET", "/api/{resource}")
    def list_records(self, request: Request, resource: str) -> Response:
        if refusal := self._forbidden("GET", resource):
            return refusal
        rows = self._selected(request, resource)
        if isinstance(rows, Response):
            return rows
        chosen = [row["id"] for row in _limited(rows, request.arg("limit"))]
        self.meanwhile.pop(resource, lambda: None)()
        left = {place: row for place, own in enumerate(chosen) if (row := self._record(resource, own))}
        shown = self._shown(request, resource, list(left.values()))
        if isinstance(shown, Response):
            return shown
        plural = "order_slips" if resource == "order_slip" else resource
        # PHP's JSON of a list with an open place is no list.
        is_list = list(left) == list(range(len(left)))
        told = shown if is_list else {str(place): row for place, row in zip(left, shown, strict=True)}
        return self._data(200, {plural: told} if shown else [])

    @route("GET", "/api/{resource}/{record_id}")
    def read_record(self, request: Request, resource: str, record_id: str) -> Response:
        if refusal := self._forbidden("GET", resource):
            return refusal
        row = self._record(resource, record_id)
        if row is None:
            return Response(404, b"", media_type="text/html")
        if request.arg("output_format") != "JSON":
            kept = {
                name: value for name, value in row.items() if name == "associations" or name in self._fields(resource)
            }
            return Response(200, _xml_record(_node(resource), kept), media_type="text/xml")
        return self._data(200, {_node(resource): self._full(row)})

    @route("POST", "/api/{resource}")
    def create_record(self, request: Request, resource: str) -> Response:
        if refusal := self._forbidden("POST", resource):
            return refusal
        body = self._body(request)
        if isinstance(body, Response):
            return body
        if problem := self._invalid(resource, body):
            return problem
        special: Mapping[str, Callable[[Json], Response]] = {
            "customers": self._create_customer,
            "orders": self._create_order,
            "order_histories": self._create_history,
        }
        if resource in special:
            return special[resource](body)
        made = self.add(resource, {"date_add": self.stamp(), "date_upd": self.stamp(), **body})
        return self._data(201, {_node(resource): self._full(made)})

    @route("PUT", "/api/{resource}/{record_id}")
    def replace_record(self, request: Request, resource: str, record_id: str) -> Response:
        return self._change(request, resource, record_id, "PUT")

    @route("PATCH", "/api/{resource}/{record_id}")
    def patch_record(self, request: Request, resource: str, record_id: str) -> Response:
        if not self._patches():
            return self._errors(405, (23, "Method PATCH is not valid"))
        return self._change(request, resource, record_id, "PATCH")

    @route("DELETE", "/api/{resource}/{record_id}")
    def delete_record(self, request: Request, resource: str, record_id: str) -> Response:
        if refusal := self._forbidden("DELETE", resource):
            return refusal
        row = self._record(resource, record_id)
        if row is None:
            return self._errors(404, (87, f"Id(s) not exists: {record_id}"))
        if resource == "carts" and self._orders_of(row["id"]):
            return self._errors(500, (88, f"Id(s) wasn't deleted: {record_id}"))
        del self.world.tables[resource][row["id"]]
        return Response(200, b"", media_type="text/html")

    def unknown_route(self, request: Request) -> Response:
        return Response(404, "<html><body>Not Found</body></html>", media_type="text/html")

    # How it is handled.

    def _create_customer(self, body: Json) -> Response:
        if any(row["email"] == body["email"] for row in self.world.tables["customers"].values()):
            taken = "The email is already used, please choose another one"
            return self._errors(500, (0, taken), (46, "Unable to save resource"))
        if body.get("is_guest") == "1" and self.configured("PS_GUEST_CHECKOUT_ENABLED") != "1":
            return self._errors(500, (46, "Unable to save resource"))
        made = self.add("customers", {"id_default_group": "2", **body, "date_add": self.stamp()})
        made["secure_key"] = f"{made['id']:032x}"
        return self._data(201, {"customer": self._full(made)})

    def _create_order(self, body: Json) -> Response:
        cart = self._record("carts", body["id_cart"])
        if cart is None or self._orders_of(cart["id"]):
            sentence = "Cart cannot be loaded or an order has already been placed using this cart"
            return Response(500, sentence, media_type="text/html")
        try:
            made = self.validate_order(cart, Decimal(body["total_paid"]), body["module"], body["payment"])
        except Refusal:
            return Response(500, b"", media_type="text/html")
        return self._data(201, {"order": {**self._full(made), **body, "id": made["id"]}})

    def _create_history(self, body: Json) -> Response:
        order = self._record("orders", body["id_order"])
        if order is None or int(body["id_order_state"]) not in self.world.tables["order_states"]:
            return Response(500, b"", media_type="text/html")
        self.move(order, body["id_order_state"])
        made = list(self.world.tables["order_histories"].values())[-1]
        return self._data(201, {"order_history": self._full(made)})

    def _change(self, request: Request, resource: str, record_id: str, method: str) -> Response:
        if refusal := self._forbidden(method, resource):
            return refusal
        body = self._body(request)
        if isinstance(body, Response):
            return body
        row = self._record(resource, record_id)
        if row is None:
            return self._errors(404, (92, "Invalid ID"))
        if method == "PUT":
            if problem := self._invalid(resource, body):
                return problem
            kept = ("id", "associations", "current_state", "date_add", "date_upd")
            row |= {name: "" for name in row if name not in kept and name not in body}
        state = body.pop("current_state", row.get("current_state"))
        fields = {name: value for name, value in body.items() if name not in {"id", "associations"}}
        echo = self._full({**row, **fields})
        if "reference" in fields and resource == "orders":
            fields["reference"] = fields["reference"][:9]
        row |= {name: value for name, value in fields.items() if name in row}
        if resource == "orders":
            row["date_upd"] = self.stamp()
            if state != row["current_state"]:
                self.move(row, str(state))
        return self._data(200, {_node(resource): echo})

    def _orders_of(self, cart_id: int) -> list[Json]:
        return [row for row in self.world.tables["orders"].values() if row["id_cart"] == str(cart_id)]

    def _forbidden(self, method: str, resource: str) -> Response | None:
        if resource not in RESOURCES:
            return self._errors(400, (27, f'Resource of type "{resource}" does not exists. Did you mean: "orders"?'))
        if resource not in self.world.rights:
            return self._errors(401, (26, f'Resource of type "{resource}" is not allowed with this authentication key'))
        if method.lower() not in self.world.rights[resource]:
            words = f"Method {method} is not allowed for the resource {resource} with this authentication key"
            return self._errors(405, (25, words))
        return None

    def _body(self, request: Request) -> Json | Response:
        try:
            root = fromstring(request.body)
        except ParseError as error:
            words = f"XML error : String could not be parsed as XML\nXML length : {len(request.body)}\n{error}"
            return self._errors(500, (127, words))
        return _fields_of(root[0])

    def _invalid(self, resource: str, body: Json) -> Response | None:
        for name, rule in RULES.get(resource, {}).items():
            value = body.get(name, "")
            if rule.required and not value:
                return self._errors(400, (41, f'parameter "{name}" required'))
            if not rule.fits(value):
                where = f"{CLASSES.get(resource, resource)}->{name}"
                return self._errors(400, (85, f'Validation error: "Property {where} is not valid"'))
        return None

    def _shown(self, request: Request, resource: str, rows: Sequence[Json]) -> list[Json] | Response:
        display = request.arg("display", "[id]")
        if display == "full":
            return [self._full(row) for row in rows]
        wanted = [name.partition("[")[0] for name in re.findall(r"[^,\[\]]+(?:\[[^\]]*\])?", display[1:-1])]
        priced = {match[1] for name in request.query if (match := re.match(r"price\[(\w+)\]", name))}
        for name in wanted:
            if name not in {*self._fields(resource), *priced, "product_option_values"}:
                return self._errors(500, (35, f'Unable to display this field "{name}".'))
        shown = []
        for row in rows:
            full = {**self._full(row), **{name: self._priced(request, resource, row, name) for name in priced}}
            kept = {name: full[name] for name in wanted if name in full}
            shown.append({**kept, "associations": row["associations"]} if "product_option_values" in wanted else kept)
        return shown

    def _priced(self, request: Request, resource: str, row: Json, name: str) -> str:
        def given(key: str, default: str) -> str:
            return request.arg(f"price[{name}][{key}]", default)

        product = self.world.tables["products"][int(row["id_product"])] if resource == "combinations" else row
        country = self.country_code(given("country", self.configured("PS_COUNTRY_DEFAULT")))
        taxed, eco = given("use_tax", "1") == "1", given("use_ecotax", "1") == "1"
        return f"{self.price_of(product, country, taxed=taxed, eco=eco):.6f}"

    def _selected(self, request: Request, resource: str) -> list[Json] | Response:
        """The records that pass all filters, sorted."""
        rows = list(self.world.tables[resource].values())
        for name in (name for name in request.query if name.startswith("filter[")):
            field, wanted = name[7:-1], request.arg(name)
            if not self._selects_by(request, resource, field):
                return self._errors(500, (32, f'This filter does not exist. Did you mean: "{field}"?'))
            if not wanted:
                return self._errors(500, (33, f'The filter "{field}" is malformed.'))
            rows = [row for row in rows if _matches(_told(row.get(field)), wanted)]
        for key in reversed(request.arg("sort").strip("[]").split(",")):
            field, _, direction = key.rpartition("_")
            if key and direction.upper() not in {"ASC", "DESC"}:
                return self._errors(500, (37, 'The "sort" value has to be formed as this example: "field_ASC"'))
            if key and not self._selects_by(request, resource, field):
                return self._errors(500, (38, "Unable to filter by this field. However, these are available: id"))
            if key:
                rows.sort(key=lambda row: _sortable(row.get(field)), reverse=direction.upper() == "DESC")
        return rows

    def _selects_by(self, request: Request, resource: str, field: str) -> bool:
        """Whether a list can be filtered and sorted by a field; by a date only where the request asks for dates."""
        return field in self._fields(resource) and (not field.startswith("date_") or request.arg("date") == "1")

    def _fields(self, resource: str) -> set[str]:
        known = {
            *FIELDS.get(resource, ("id",)),
            *(name for row in self.world.tables[resource].values() for name in row),
        }
        return known - ({"note"} if self._before("1.7.8") and resource == "orders" else set())

    def _full(self, row: Json) -> Json:
        """A record as JSON tells it: what is empty is null or left out, an id is a number and the rest is text."""
        old = self._before("1.7.8")
        shown = {name: None if _empty(value) else value for name, value in row.items()}
        return {
            name: value
            for name, value in shown.items()
            if (value is not None or name in NULLS) and not (old and name == "note")
        }

    def _record(self, resource: str, record_id: str) -> Json | None:
        return self.world.tables[resource].get(int(record_id)) if str(record_id).isdecimal() else None

    def _patches(self) -> bool:
        return not self._before("8.0.0")

    def _before(self, version: str) -> bool:
        return tuple(map(int, self.world.version.split("."))) < tuple(map(int, version.split(".")))

    def _data(self, status: int, body: Any) -> Response:
        """Answer as JSON, PHP's own words with it where the shop shows or counts them."""
        text = orjson.dumps(body)
        headers = {"PSWS-Version": self.world.version}
        match self.world.noise:
            case "before":
                return Response(status, NOTICE.encode() + text, headers)
            case "after":
                return Response(status, text + NOTICE.encode(), headers)
            case "errors":
                return self._errors(500, (3, "[PHP Warning #2] Undefined array key (Cart.php, line 77)"))
            case _:
                return Response(status, text, headers)

    def _errors(self, status: int, *errors: tuple[int, str]) -> Response:
        headers = {"PSWS-Version": self.world.version} if status != 401 else {}
        return Response(status, {"errors": [{"code": code, "message": words} for code, words in errors]}, headers)


def _node(resource: str) -> str:
    return NODES.get(resource, resource.removesuffix("s"))


def _empty(value: Any) -> bool:
    return value is None or value == ""


def _told(value: Any) -> str:
    return "" if value is None else str(value)


def _sortable(value: Any) -> tuple[int, str]:
    told = _told(value)
    return (int(told), "") if told.isdecimal() else (0, told)


def _limited(rows: Sequence[Json], text: str) -> Sequence[Json]:
    if not text:
        return rows
    first, _, second = text.partition(",")
    start, count = (int(first), int(second)) if second else (0, int(first))
    return rows[start : start + count]


def _matches(value: str, wanted: str) -> bool:  # noqa: PLR0911 - one row of a table each
    """Whether a value passes a filter, as `SQLUtils::getSQLRetrieveFilter` has it; case plays no part in MySQL."""
    found = re.fullmatch(r"(.*)\[(.*)\](.*)", wanted, re.DOTALL)
    if not found:
        return value.lower() == wanted.lower()
    before, text, after = found[1], found[2], found[3]
    if "%" in {before, after}:
        pattern = "".join(".*" if c == "%" else "." if c == "_" else re.escape(c) for c in before + text + after)
        return bool(re.fullmatch(pattern, value, re.IGNORECASE | re.DOTALL))
    if before in {">", "<"}:
        return (_sortable(value) > _sortable(text)) == (before == ">") and value != text
    if before == "!":
        return value.lower() not in text.lower().split("|")
    if before or after:
        return True  # what the web service does not know, such as >=, it leaves out
    if "|" in text:
        return value.lower() in text.lower().split("|")
    if interval := re.fullmatch(r"([\d.:\-\s]+),([\d.:\-\s]+)", text):
        low, high = sorted(map(_sortable, interval.groups()))
        return low <= _sortable(value) <= high
    return value.lower() == text.lower()


def _fields_of(node: Element) -> Json:
    fields: Json = {}
    for child in node:
        if child.tag == "associations":
            fields["associations"] = {rows.tag: [_fields_of(row) for row in rows] for rows in child}
        else:
            fields[child.tag] = child.text or ""
    return fields


def _xml_errors(errors: Sequence[tuple[int, str]]) -> str:
    listed = "".join(
        f"<error>\n<code><![CDATA[{code}]]></code>\n<message><![CDATA[{words}]]></message>\n</error>\n"
        for code, words in errors
    )
    return f'<?xml version="1.0" encoding="UTF-8"?>\n<prestashop><errors>\n{listed}</errors></prestashop>'


def _xml_record(node: str, row: Json) -> bytes:
    root = Element("prestashop")
    record = SubElement(root, node)
    for name, value in row.items():
        if name == "associations":
            for rows, entries in value.items():
                listed = SubElement(SubElement(record, "associations"), rows)
                for entry in entries:
                    part = SubElement(listed, rows.removesuffix("s"))
                    for key, told in entry.items():
                        SubElement(part, key).text = _told(told)
        else:
            SubElement(record, name).text = _told(value)
    text: bytes = tostring(root, encoding="utf-8")
    return text
