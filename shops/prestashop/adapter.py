"""PrestaShop's verbs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from itertools import chain
from typing import Any, ClassVar

from adapterkit.errors import NotFound, Rejected
from adapterkit.paging import place_in, placed
from adapterkit.payload import page_of_updates, translated
from adapterkit.records import (
    Known,
    Order,
    Page,
    Product,
    ShopOrder,
    ShopOrderState,
    ShopUpdate,
    fingerprint,
    nothing_known,
)
from adapterkit.sentences import say
from adapterkit.shop import Products, Shop
from adapterkit.transport import Transport
from shops.prestashop import mapper, prices, spec
from shops.prestashop.carts import CartMaker, carts_with
from shops.prestashop.mapper import CART, Beside, Json, ShopWays
from shops.prestashop.ordering import CartOrder, inert_of
from shops.prestashop.service import WebService, either, missing_rights
from shops.prestashop.shop_facts import ShopFacts

PER_PAGE = 50
AT_ONCE = 100  # ids in one filter
THE_END = "2999-12-31 23:59:59"
GROSS = {"price[gross][use_tax]": "1"}  # a field of that name, with the tax of the shop's own country


class PrestaShop(Shop):
    spec: ClassVar = spec.SPEC

    def __init__(self, transport: Transport, settings: Mapping[str, str]) -> None:
        super().__init__(transport, settings)
        self._service = WebService(transport, settings)
        self._facts = ShopFacts(self._service, settings)
        self._order = CartOrder(self._service, self._facts)

    def verify_credentials(self) -> None:
        """Read what the key may do and name what is missing; then see that the carrier of the settings is there."""
        self._facts.forget()
        if refusal := missing_rights(self._service.rights(), spec.NEEDED_RIGHTS):
            raise refusal
        self._facts.carrier()
        self._facts.zone  # noqa: B018 - raises where the shop's is unknown

    def find_orders(self, reference: str, placed_at: datetime) -> list[ShopOrder]:
        """Find orders by their note, and carts by their gift message with the orders made of them.

        A cart that is no order yet is told without its rows: whether it was finished cannot be seen, so it is made
        anew.
        """
        rows = {mapper.identity(row["id"]): row for row in self._noted(reference)}
        carts = [mapper.identity(row["id"]) for row in carts_with(self._service, reference)]
        for row in self._order.of_carts(carts) if carts else ():
            rows[mapper.identity(row["id"])] = row
        used = {mapper.identity(row.get("id_cart")) for row in rows.values()}
        inert = [mapper.cart_order(cart, reference, "", {}) for cart in carts if cart not in used]
        return [*self._orders(list(rows.values()), reference), *inert]

    def fetch_order(self, shop_order_id: str) -> ShopUpdate:
        row = self._order.find(shop_order_id)
        if row is not None:
            return mapper.shop_update(row, *self._read_with([row]))
        cart = inert_of(self._service, shop_order_id)
        currency = self._facts.currencies.get(mapper.identity(cart["id_currency"]), "")
        reference, quantities = mapper.reference_of(cart), mapper.cart_quantities(cart)
        made = mapper.cart_order(mapper.identity(cart["id"]), reference, currency, quantities)
        return ShopUpdate(order=made, fingerprint=fingerprint(cart))

    def create_inert_order(self, order: Order, reference: str, products: Products) -> ShopOrder:
        """Make a cart with the buyer, the addresses and the marketplace's prices: no stock, no mail, no order yet."""
        return CartMaker(self._service, self._facts).make(order, reference, products)

    def activate_order(self, shop_order_id: str, order: Order) -> ShopOrder:
        """Have the shop make the order of the cart, unless it did; the order's own id is its id from then on."""
        return self._order.activate(shop_order_id, order)

    def discard_inert_order(self, shop_order_id: str) -> None:
        """Delete the cart; the shop itself keeps one that is an order by now."""
        try:
            made = self._order.find(shop_order_id)
        except NotFound:
            return
        if made is not None:
            number = mapper.text(made.get("reference"))
            raise Rejected(say("Order %(number)s is in use in the shop and is not removed", number=number))
        try:
            self._service.delete("carts", shop_order_id.removeprefix(CART))
        except NotFound:
            return

    def preview_order(self, order: Order, reference: str, products: Products) -> Mapping[str, Any]:
        """Return the rows of the cart with their total prices; the net ones follow from the shop's own taxes."""
        rows = prices.rows_of(order, products, self._facts.shipping_product)
        return {
            "gift_message": reference,
            "cart_rows": [
                {"product": row.product_id, "quantity": row.quantity, "total": f"{row.gross:f}"} for row in rows
            ],
        }

    def cancel_order(self, shop_order_id: str, reason: str) -> None:
        """Cancel the order, which gives its stock back; one that is cancelled already gets no second entry."""
        row = self._order.find(shop_order_id)
        if row is None:
            self.discard_inert_order(shop_order_id)
            return
        [made] = self._orders([row])
        if made.state is ShopOrderState.COMPLETED:
            raise Rejected(say("Order %(number)s is shipped in the shop and is not cancelled", number=made.number))
        if made.state not in {ShopOrderState.CANCELLED, ShopOrderState.REFUNDED}:
            self._order.cancel(made.shop_order_id)

    def add_note(self, shop_order_id: str, text: str, order: Order) -> None:
        """Add a line to the order's note, which customers do not see."""
        row = self._order.find(shop_order_id)
        if row is None:
            raise NotFound("The cart is no order yet")
        note = "\n".join(part for part in (mapper.text(row.get("note")), text) if part)
        self._service.change("orders", mapper.identity(row["id"]), {"note": note})

    def fetch_updates(
        self, changed_since: datetime, known: Known = nothing_known, resume: str = ""
    ) -> Iterator[Page[ShopUpdate]]:
        """Walk by rising id through what changed since then: an order that changes meanwhile stays where it is.

        A walk by date has no such place to go on from: PrestaShop chooses the rows of a page first and reads each after
        that, so the last one's date may be a later one than it was chosen by. Here nothing is passed over, however much
        changed in one moment. What changes behind the walk is found by the next one.
        """
        after, since = place_in(resume, int, str) if resume else (0, mapper.local(changed_since, self._facts.zone))
        changed = {"date_upd": f"[{since},{THE_END}]"}
        for rows, last, clock in self._walk("orders", "full", {"date": "1"}, where=changed, after=after):
            ours = [row for row in rows if mapper.reference_of(row)]
            yield replace(self._page(ours, known), as_of=clock, resume=placed(last, since) if last else "")

    def reread_orders(self, shop_order_ids: Sequence[str], known: Known = nothing_known) -> Iterator[Page[ShopUpdate]]:
        """Read orders again: a code that a program writes on a parcel does not change the order's date."""
        ids = [shop_order_id for shop_order_id in shop_order_ids if shop_order_id.isdecimal()]
        for start in range(0, len(ids), PER_PAGE):
            where = {"id": either(ids[start : start + PER_PAGE])}
            yield self._page(self._service.rows("orders", display="full", where=where), known)

    def fetch_products(self, resume: str = "") -> Iterator[Page[Product]]:
        """Read all products and combinations: no date tells that their stock changed."""
        after = place_in(resume, int) if resume else 0
        language, options = self._facts.configuration["PS_LANG_DEFAULT"], self._options()
        for rows, last, _ in self._walk("products", "[id,reference,ean13,name,gross]", GROSS, after=after):
            ids = [mapper.identity(row["id"]) for row in rows]
            stock = self._stock(ids)
            combined: dict[str, list[Json]] = {}
            for row in self._combinations(ids):
                combined.setdefault(mapper.identity(row["id_product"]), []).append(row)

            def sold(
                row: Json, stock: Mapping[str, int | None] = stock, combined: Mapping[str, list[Json]] = combined
            ) -> list[Product]:
                own = mapper.identity(row["id"])
                parent = mapper.product(row, stock.get(own), language)
                return [
                    mapper.combination(child, parent, stock.get(f"{own}:{mapper.identity(child['id'])}"), options)
                    for child in combined.get(own, ())
                ] or [parent]

            found, unreadable = translated(rows, sold)
            products = chain.from_iterable(found)
            following = placed(last) if last else ""
            yield Page(items=tuple(products), unreadable=tuple(unreadable), as_of=self._service.clock, resume=following)

    def fetch_stock(self, product_ids: list[str]) -> dict[str, int | None]:
        """Read the stock of products now, a hundred at a call."""
        parents = sorted({product_id.partition(":")[0] for product_id in product_ids})
        found: dict[str, int | None] = {}
        for start in range(0, len(parents), AT_ONCE):
            found |= self._stock(parents[start : start + AT_ONCE])
        return {product_id: found[product_id] for product_id in product_ids if product_id in found}

    def fetch_currency(self) -> str:
        return self._facts.currencies.get(self._facts.configuration["PS_CURRENCY_DEFAULT"], "")

    def fetch_shipping_methods(self) -> list[str]:
        """The carriers in use by name: an order gets the carrier that its shipping method names."""
        names = (mapper.text(carrier.get("name")) for carrier in self._facts.carriers)
        return list(dict.fromkeys(filter(None, names)))

    def _noted(self, reference: str) -> Sequence[Json]:
        where = {"note": f"%[{reference}]%"}  # since PrestaShop 1.7.8
        rows = self._service.rows("orders", display="full", where=where, sort="[id_ASC]", optional=True)
        return [row for row in rows if mapper.carries(row, reference)]

    def _orders(self, rows: Sequence[Json], reference: str = "") -> list[ShopOrder]:
        if not rows:
            return []
        ways = self._facts.ways(*(mapper.identity(row.get("current_state")) for row in rows))
        return [mapper.shop_order(row, ways, reference) for row in rows]

    def _page(self, rows: Sequence[Json], known: Known) -> Page[ShopUpdate]:
        """Translate a page of orders; what belongs to them is read for all of them at once."""
        clock = self._service.clock
        if not rows:
            return Page(items=(), as_of=clock)
        ways, beside = self._read_with(rows)
        return page_of_updates(rows, lambda row: mapper.shop_update(row, ways, beside), known, as_of=clock)

    def _read_with(self, rows: Sequence[Json]) -> tuple[ShopWays, Beside]:
        return self._facts.ways(*(mapper.identity(row.get("current_state")) for row in rows)), self._beside(rows)

    def _beside(self, rows: Sequence[Json]) -> Beside:
        where = {"id_order": either([mapper.identity(row["id"]) for row in rows])}
        parcels = self._service.rows("order_carriers", display="full", where=where)
        slips = self._service.rows("order_slip", display="full", where=where)
        ids = sorted({mapper.identity(parcel.get("id_carrier")) for parcel in parcels} - {""})
        carriers = self._service.rows("carriers", display="full", where={"id": either(ids)}) if ids else ()
        return Beside(
            parcels=parcels, slips=slips, carriers={mapper.identity(carrier["id"]): carrier for carrier in carriers}
        )

    def _walk(
        self,
        resource: str,
        display: str,
        more: Mapping[str, str] | None = None,
        *,
        where: Mapping[str, str] | None = None,
        after: int = 0,
    ) -> Iterator[tuple[Sequence[Json], int, datetime | None]]:
        """Yield the pages of a resource by rising id, each with the id after which the next begins, 0 at the end.

        The third is the shop's clock. What is deleted meanwhile hides nothing: a row that goes while its page is read
        is missing from it, so whether a short page is the last one is seen by asking what comes after it.
        """

        def page(last: int) -> tuple[Sequence[Json], datetime | None]:
            chosen = {**(where or {}), "id": f">[{last}]"}
            rows = self._service.rows(
                resource, display=display, where=chosen, sort="[id_ASC]", limit=f"{PER_PAGE}", more=more
            )
            return rows, self._service.clock

        rows, clock = page(after)
        while True:
            last = int(mapper.identity(rows[-1]["id"])) if rows else 0
            following = page(last) if last and len(rows) < PER_PAGE else None
            goes_on = bool(last) and (following is None or bool(following[0]))
            yield rows, last if goes_on else 0, clock
            if not goes_on:
                return
            rows, clock = following or page(last)
            if not rows:
                return

    def _combinations(self, product_ids: Sequence[str]) -> Sequence[Json]:
        if not product_ids:
            return ()
        display = "[id,id_product,reference,ean13,gross,product_option_values[id]]"
        return self._service.rows(
            "combinations",
            display=display,
            where={"id_product": either(product_ids)},
            sort="[id_ASC]",
            more=GROSS,
        )

    def _options(self) -> dict[str, str]:
        language = self._facts.configuration["PS_LANG_DEFAULT"]
        return {
            mapper.identity(row["id"]): mapper.localised(row.get("name"), language)
            for rows, *_ in self._walk("product_option_values", "[id,name]")
            for row in rows
        }

    def _stock(self, product_ids: Sequence[str]) -> dict[str, int | None]:
        """Return stock by product key; none where the shop keeps no count."""
        if not product_ids:
            return {}
        rows = self._service.rows(
            "stock_availables",
            display="[id,id_product,id_product_attribute,id_shop,quantity]",
            where={"id_product": either(product_ids)},
        )
        found = mapper.stock_by_product(rows, self._facts.shop_id)
        counted = mapper.flag(self._facts.configuration["PS_STOCK_MANAGEMENT"])
        return {key: quantity if counted else None for key, quantity in found.items()}
