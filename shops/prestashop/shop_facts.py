"""What a PrestaShop shop says of itself: its configuration, currencies, countries, order states and carriers."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from functools import cached_property
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from adapterkit.errors import MalformedResponse, NotFound, Rejected
from adapterkit.records import Address, ShopOrderState
from adapterkit.sentences import say
from shops.prestashop import mapper
from shops.prestashop.mapper import Json, ShopWays
from shops.prestashop.prices import Rounding
from shops.prestashop.service import WebService, either

CARRIER = "[id,id_reference,name,is_free]"


class ShopFacts:
    """Read when first asked for, and kept for a moment: all orders of a minute are made with the same."""

    def __init__(self, service: WebService, settings: Mapping[str, str]) -> None:
        self._service, self._settings = service, settings
        self.shop_id = settings.get("shop_id", "")
        self.shipping_product = settings.get("shipping_product", "").strip()
        self.customer_group = settings.get("customer_group", "").strip()
        self.payment_module = settings.get("payment_module") or "ps_wirepayment"

    def forget(self) -> bool:
        """Read everything anew from now on; return whether something read before may be out of date."""
        for name in ("configuration", "currencies", "carriers"):
            self.__dict__.pop(name, None)
        return self._service.forget()

    @cached_property
    def configuration(self) -> dict[str, str]:
        module = f"CONF_{self.payment_module.upper()}_FIXED"
        where = {"name": either([*mapper.CONFIGURATION, module])}
        rows = self._service.rows("configurations", display="[name,value,id_shop]", where=where, kept=True)
        return mapper.configuration(rows, self.shop_id)

    @cached_property
    def currencies(self) -> dict[str, str]:
        """ISO codes by id."""
        rows = self._service.rows("currencies", display="[id,iso_code]", kept=True)
        return {mapper.identity(row["id"]): mapper.text(row.get("iso_code")) for row in rows}

    @cached_property
    def _flagged(self) -> dict[str, ShopOrderState]:
        rows = self._service.rows("order_states", display="[id,paid,shipped]")
        return mapper.flagged_states(rows)

    @property
    def zone(self) -> ZoneInfo:
        name = self.configuration["PS_TIMEZONE"]
        try:
            return ZoneInfo(name)
        except (ZoneInfoNotFoundError, ValueError):
            raise MalformedResponse("The shop's time zone is not known", remote=name) from None

    @property
    def rounding(self) -> Rounding:
        kind, mode = self.configuration["PS_ROUND_TYPE"], self.configuration["PS_PRICE_ROUND_MODE"]
        return Rounding(kind=int(kind) if kind.isdecimal() else 2, mode=int(mode) if mode.isdecimal() else 2)

    def ways(self, *states: str) -> ShopWays:
        """Return what orders in these states are read with; only the merchant's own states have to be asked for."""
        known = mapper.configured_states(self.configuration)
        if any(state not in known for state in states if state):
            known = {**self._flagged, **known}
        return ShopWays(
            states=known, currencies=self.currencies, zone=self.zone, shipping_product=self.shipping_product
        )

    def currency_id(self, iso_code: str) -> str:
        for currency_id, code in self.currencies.items():
            if code == iso_code:
                return currency_id
        raise Rejected(
            say(
                "The shop has no currency %(currency)s; add it in PrestaShop under International > Localization > "
                "Currencies",
                currency=iso_code,
            )
        )

    def countries(self, iso_codes: Collection[str]) -> dict[str, Json]:
        """Return countries by ISO code; raises `Rejected` for one that the shop does not know."""
        codes = sorted(set(iso_codes))
        rows = self._service.rows(
            "countries", display="[id,iso_code,active,contains_states]", where={"iso_code": either(codes)}, kept=True
        )
        found = {mapper.text(row.get("iso_code")): row for row in rows}
        for code in codes:
            if code not in found:
                raise Rejected(
                    say(
                        "The shop does not know the country %(country)s; add it under International > Locations",
                        country=code,
                    )
                )
        return found

    def state_id(self, country: Json, address: Address) -> str:
        """Return the shop's id of the address's region, by its code or name; empty where the shop has none."""
        if not address.region or not mapper.flag(country.get("contains_states")):
            return ""
        where = {"id_country": f"[{mapper.identity(country['id'])}]"}
        wanted = address.region.casefold().strip()
        for row in self._service.rows("states", display="[id,iso_code,name]", where=where, kept=True):
            code, name = mapper.text(row.get("iso_code")).casefold(), mapper.text(row.get("name")).casefold()
            if wanted in {code, name, code.partition("-")[2]} or wanted == f"{address.country}-{code}".casefold():
                return mapper.identity(row["id"])
        return ""

    def carrier(self, name: str = "") -> Json:
        """Return the carrier of this name, or that of the settings, by default the first free one; raises `Rejected`.

        Each edit in the shop gives a carrier a new id, and the old one counts as deleted.
        """
        named = [row for row in self.carriers if name and mapper.text(row.get("name")).casefold() == name.casefold()]
        if named:
            return named[0]
        chosen = self._settings.get("carrier_id", "").strip()
        if chosen:
            return self._by_id(chosen)
        free = next((row for row in self.carriers if mapper.flag(row.get("is_free"))), None)
        if free is None:
            raise Rejected(
                "The shop has no free carrier; choose the ID of a carrier from PrestaShop's Shipping > Carriers in the "
                "shop's settings"
            )
        return free

    @cached_property
    def carriers(self) -> Sequence[Json]:
        """The carriers in use, free ones first: the others charge what the shop says, not what the marketplace did."""
        usable = {"deleted": "[0]", "active": "[1]"}
        rows = self._service.rows("carriers", display=CARRIER, where=usable, sort="[id_ASC]", kept=True)
        return sorted(rows, key=lambda row: not mapper.flag(row.get("is_free")))

    def carrier_name(self, carrier_id: str) -> str:
        """Return the name of a carrier in use; empty where it is none."""
        found = (row for row in self.carriers if mapper.identity(row["id"]) == carrier_id)
        return next((mapper.text(row.get("name")) for row in found), "")

    def _by_id(self, chosen: str) -> Json:
        """Return the carrier as it is since its last edit; raises `Rejected` for one that takes no orders."""
        if found := next((row for row in self.carriers if mapper.identity(row["id"]) == chosen), None):
            return found
        try:
            row = self._service.row("carriers", chosen)
        except NotFound:
            raise Rejected(
                say(
                    "The shop has no carrier %(carrier)s; choose the ID of a carrier from PrestaShop's Shipping > "
                    "Carriers in the shop's settings",
                    carrier=chosen,
                )
            ) from None
        if not mapper.flag(row.get("deleted")):
            name = mapper.text(row.get("name"))
            raise Rejected(say("Carrier %(carrier)s is switched off in the shop; switch it on", carrier=name))
        same = mapper.identity(row.get("id_reference"))
        edited = next((own for own in self.carriers if mapper.identity(own.get("id_reference")) == same), None)
        if edited is None:
            raise Rejected(
                say(
                    "Carrier %(carrier)s was deleted or switched off in the shop; choose the ID of a carrier from "
                    "PrestaShop's Shipping > Carriers in the shop's settings",
                    carrier=chosen,
                )
            )
        return edited
