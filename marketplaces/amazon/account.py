"""Amazon's account: where it is, who may call, and the one call that all verbs make."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar
from urllib.parse import urlencode

from adapterkit.errors import Rejected
from adapterkit.marketplace import Marketplace
from adapterkit.records import Submission, SubmissionState
from adapterkit.sentences import said, say
from adapterkit.spec import Endpoint
from adapterkit.transport import Answer
from marketplaces.amazon import spec
from marketplaces.amazon.stores import STORES, Store, UnknownStore, stores_of

FIRST_DAY = "2026-01-01T00:00:00Z"  # of this API; any moment in the past will do to see whether it answers
# The one question to which the static sandbox has an answer, of the model's own cases.
SANDBOX_QUERY = {
    "createdAfter": "2024-12-25T00:00:00Z",
    "marketplaceIds": "A1VC38T7YXB528",
    "includedData": "BUYER,RECIPIENT,PROCEEDS,EXPENSE,PROMOTION,CANCELLATION,FULFILLMENT,PACKAGES",
}
TAKES = 60.0  # seconds until a feed or a listing is worth asking after


class AmazonAccount(Marketplace):
    """The stores of one region, and who may call for them."""

    spec: ClassVar = spec.SPEC

    @classmethod
    def base_url(cls, settings: Mapping[str, str]) -> str:
        if settings.get("base_url"):
            return settings["base_url"]
        sandbox = "sandbox." if settings.get("environment") == "sandbox" else ""
        return f"https://{sandbox}sellingpartnerapi-{_home(settings).region}.amazon.com"

    @classmethod
    def consent_url(cls, settings: Mapping[str, str], *, state: str, redirect_uri: str) -> str:
        base = settings.get("base_url") or _home(settings).seller_central
        query = {
            "application_id": settings.get("application_id", ""),
            "state": state,
            "redirect_uri": redirect_uri,
            **({} if settings.get("application_state") == "published" else {"version": "beta"}),
        }
        return f"{base.rstrip('/')}/apps/authorize/consent?{urlencode(query)}"

    def verify_credentials(self) -> None:
        if self.settings.get("environment") == "sandbox":
            self._call(spec.SEARCH_ORDERS, query=SANDBOX_QUERY)
            return
        query = {"createdAfter": FIRST_DAY, "marketplaceIds": self._store_ids, "maxResultsPerPage": 1}
        assert self._seller_id  # noqa: S101 - raises the sentence that says where it stands
        self._call(spec.SEARCH_ORDERS, query=query)

    @property
    def _stores(self) -> Sequence[Store]:
        try:
            return stores_of(self.settings.get("stores", ""))
        except UnknownStore as error:
            raise Rejected(said(error)) from None

    @property
    def _store_ids(self) -> str:
        return ",".join(store.marketplace_id for store in self._stores)

    @property
    def _seller_id(self) -> str:
        found = self.settings.get("seller_id", "")
        if not found:
            raise Rejected("The merchant token is missing; it stands in Seller Central under Account info")
        return found

    def _call(
        self, endpoint: Endpoint, *, query: Mapping[str, Any] | None = None, body: Any = None, **path: str
    ) -> Answer:
        return self.transport.call(endpoint, query=query, body=body, path=path)


def _home(settings: Mapping[str, str]) -> Store:
    """Return the first of the stores; an account that names none is told so before anything is called."""
    try:
        return stores_of(settings.get("stores", ""))[0]
    except UnknownStore:
        return STORES[0]


def answered(status: str) -> str:
    return say("Amazon answers %(status)s", status=status)


def submitted(reference: str, *, entity_id: str = "") -> Submission:
    return Submission(state=SubmissionState.SUBMITTED, reference=reference, entity_id=entity_id, ask_after=TAKES)
