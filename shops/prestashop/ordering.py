"""Makes the order of a cart: look for it, order it, read what became of it, write our reference on it.

PrestaShop answers the creation with what was sent, gives the order its own reference, state, carrier and totals, and
says nothing at all when it cannot: so an order is always read back, and a failure is looked into.
"""

from __future__ import annotations

from collections.abc import Sequence

from adapterkit.errors import AdapterError, NotFound, OutcomeUnknown, Rejected
from adapterkit.records import Order, ShopOrder, ShopOrderState
from adapterkit.sentences import say
from shops.prestashop import mapper, texts
from shops.prestashop.answers import Noisy
from shops.prestashop.mapper import CART, Json
from shops.prestashop.service import NOTES, WebService, either
from shops.prestashop.shop_facts import ShopFacts

# A shop that answers with one of these has ended the request; behind others, a gateway's, it may still be at work.
ENDED = {400, 500}


class CartOrder:
    """The order of one cart, named by the cart's id or, once it is known, by its own."""

    def __init__(self, service: WebService, facts: ShopFacts) -> None:
        self._service, self._facts = service, facts

    def activate(self, shop_order_id: str, order: Order) -> ShopOrder:
        """Make the order, unless there is one; raises `Rejected` where it is not what was asked for."""
        row = self.find(shop_order_id) or self._make(shop_order_id.removeprefix(CART), order)
        self._note(row, order)
        made = mapper.shop_order(row, self._facts.ways(mapper.identity(row.get("current_state"))))
        if problem := problem_of(row, made, order):
            raise problem
        return made

    def cancel(self, order_id: str) -> None:
        """Write the line of history that cancels an order; raises `Rejected` for what the shop keeps to itself."""
        cancelled = self._facts.configuration["PS_OS_CANCELED"]
        try:
            self._service.create("order_histories", {"id_order": order_id, "id_order_state": cancelled})
        except OutcomeUnknown as error:
            if isinstance(error, Noisy) or error.status not in ENDED or self._has_state(cancelled):
                raise
            raise Rejected(
                say(
                    "The order status %(state)s, to which cancelled orders are set (PS_OS_CANCELED), is missing",
                    state=cancelled,
                ),
                remote=error.remote,
                status=error.status,
            ) from error

    def find(self, shop_order_id: str) -> Json | None:
        """Return the order, None where its cart is no order yet; raises `NotFound` when an order is gone."""
        if not shop_order_id.startswith(CART):
            return self._service.row("orders", shop_order_id)
        rows = self.of_carts([shop_order_id.removeprefix(CART)])
        if len({mapper.text(row.get("reference")) for row in rows}) < len(rows):
            numbers = ", ".join(mapper.identity(row["id"]) for row in rows)
            raise Rejected(
                say(
                    "The shop split the order into %(numbers)s, because no one carrier sends all of it. Cancel these "
                    "in the shop, let the carrier of OrderSync's settings serve every product, and enter this order by "
                    "hand",
                    numbers=numbers,
                )
            )
        return rows[0] if rows else None

    def of_carts(self, cart_ids: Sequence[str]) -> Sequence[Json]:
        """Return the orders made of these carts, oldest first."""
        return self._service.rows("orders", display="full", where={"id_cart": either(cart_ids)}, sort="[id_ASC]")

    def _make(self, cart_id: str, order: Order) -> Json:
        cart = self._service.row("carts", cart_id)
        total = f"{order.total:f}"
        fields = {
            "id_address_delivery": mapper.identity(cart["id_address_delivery"]),
            "id_address_invoice": mapper.identity(cart["id_address_invoice"]),
            "id_cart": cart_id,
            "id_currency": mapper.identity(cart["id_currency"]),
            "id_lang": mapper.identity(cart["id_lang"]),
            "id_customer": mapper.identity(cart["id_customer"]),
            "id_carrier": mapper.identity(cart.get("id_carrier")) or 0,
            "module": self._facts.payment_module,
            "payment": texts.valid(mapper.text(cart.get("gift_message")).partition("-")[0], texts.GENERIC)
            or "marketplace",
            "total_paid": total,
            "total_paid_real": total,
            "total_products": total,
            "total_products_wt": total,
            "conversion_rate": 1,
        }
        try:
            self._service.create("orders", fields)
        except (OutcomeUnknown, Rejected) as error:
            if error.status not in ENDED:
                raise
            return self._look_into(cart, error)
        return self._look_into(cart, OutcomeUnknown("The shop said that it made the order, and does not have it"))

    def _look_into(self, cart: Json, error: AdapterError) -> Json:
        """Return the order of the cart; raise what keeps the shop from making it, which it does not say, or the error.

        An order may be there although the shop failed, and what it answers when it does not fail is only what was sent.
        """
        if found := self.find(f"{CART}{mapper.identity(cart['id'])}"):
            return found
        if isinstance(error, Noisy) or error.status not in ENDED:
            raise error
        reason = self._country(cart) or self._product(cart) or self._state() or self._module()
        if reason is None:
            raise error
        reason.remote, reason.status = error.remote, error.status
        raise reason from error

    def _country(self, cart: Json) -> Rejected | None:
        address = self._service.row("addresses", mapper.identity(cart["id_address_delivery"]))
        country = mapper.identity(address.get("id_country"))
        rows = self._service.rows("countries", display="[id,iso_code,active]", where={"id": f"[{country}]"})
        if any(mapper.flag(row.get("active")) for row in rows):
            return None
        code = mapper.text(rows[0].get("iso_code")) if rows else country
        return Rejected(
            say(
                "The country %(country)s is not active in the shop; enable it under International > Locations > "
                "Countries",
                country=code,
            )
        )

    def _product(self, cart: Json) -> Rejected | None:
        for resource, field in (("products", "id_product"), ("combinations", "id_product_attribute")):
            ids = {mapper.identity(row.get(field)) for row in mapper.associated(cart, "cart_rows")} - {""}
            found = self._service.rows(resource, display="[id]", where={"id": either(sorted(ids))}) if ids else []
            if gone := ids - {mapper.identity(row["id"]) for row in found}:
                ids_gone = ", ".join(sorted(gone))
                return Rejected(
                    say("The shop has no products %(ids)s any more; map the order's lines anew", ids=ids_gone)
                    if resource == "products"
                    else say("The shop has no combinations %(ids)s any more; map the order's lines anew", ids=ids_gone)
                )
        return None

    def _state(self) -> Rejected | None:
        state = self._facts.configuration["PS_OS_WS_PAYMENT"]
        if self._has_state(state):
            return None
        return Rejected(
            say(
                "The order status %(state)s, with which the shop's web service begins (PS_OS_WS_PAYMENT), is missing",
                state=state,
            )
        )

    def _has_state(self, state: str) -> bool:
        return bool(self._service.rows("order_states", display="[id]", where={"id": f"[{state}]"}))

    def _module(self) -> Rejected | None:
        """Each payment module leaves a setting when it is installed; an order made through it proves it as well."""
        module = self._facts.payment_module
        if f"CONF_{module.upper()}_FIXED" in self._facts.configuration:
            return None
        if self._service.rows("orders", display="[id]", where={"module": f"[{module}]"}, limit="1"):
            return None
        return Rejected(
            say(
                "The shop has no payment module %(module)s; enter the technical name of an installed one in the shop's "
                "settings (in PrestaShop: Payment > Payment Methods)",
                module=module,
            )
        )

    def _note(self, row: Json, order: Order) -> None:
        """Write our reference into the order's note, where the merchant sees it. Twice is the same as once."""
        reference = mapper.reference_of(row)
        without_notes = bool(self._service.version) and self._service.version < NOTES
        if without_notes or not reference or reference in mapper.text(row.get("note")).split():
            return
        carrier = self._facts.carrier_name(mapper.identity(row.get("id_carrier"))) if order.shipping_method else ""
        note = texts.note_of(order, reference, carrier)
        text = "\n".join(part for part in (note, mapper.text(row.get("note"))) if part)
        try:
            self._service.change("orders", mapper.identity(row["id"]), {"note": text})
        except Noisy:
            return  # the order is found by its cart as well


def problem_of(row: Json, made: ShopOrder, order: Order) -> Rejected | None:
    """Return what is wrong with an order that was made; another total is for the caller to tell."""
    pieces = sum(line.quantity for line in made.lines)
    wanted = sum(line.quantity for line in order.lines)
    shipping = mapper.cents(mapper.amount(row.get("total_shipping_tax_incl") or row.get("total_shipping") or 0))
    own_row = made.lines and len(made.lines) < len(mapper.order_rows(row))
    match made.state:
        case ShopOrderState.CANCELLED | ShopOrderState.REFUNDED:
            return Rejected(
                say("Order %(number)s was cancelled in the shop before OrderSync knew of it", number=made.number)
            )
        case _ if pieces != wanted:
            return Rejected(
                say(
                    "The shop's order %(number)s has %(pieces)s of %(wanted)s pieces: it was not finished. Cancel it "
                    "in the shop and enter this order by hand",
                    number=made.number,
                    pieces=pieces,
                    wanted=wanted,
                )
            )
        case _ if made.total != order.total:
            return None
        case ShopOrderState.ON_HOLD:
            return Rejected(
                say(
                    "The shop's order %(number)s is not paid for, as the shop sees it, and takes no stock. Set its "
                    "status to Payment accepted in the shop, then try again",
                    number=made.number,
                )
            )
        case _ if shipping != (0 if own_row else order.shipping_cost):
            return Rejected(
                say(
                    "The shop charges %(shop)s for shipping in order %(number)s, the marketplace %(marketplace)s. Look "
                    "for automatic discounts in the shop, then try again",
                    shop=shipping,
                    number=made.number,
                    marketplace=mapper.cents(order.shipping_cost),
                )
            )
        case _:
            return None


def inert_of(service: WebService, shop_order_id: str) -> Json:
    """Return the cart that is no order yet; raises `NotFound`."""
    if not shop_order_id.startswith(CART):
        raise NotFound("The shop does not have it", status=404)
    return service.row("carts", shop_order_id.removeprefix(CART))
