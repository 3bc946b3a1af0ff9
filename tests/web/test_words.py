"""Values in sentences are written as the reader writes them."""

from __future__ import annotations

import html
import json
from decimal import Decimal
from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone, translation

from accounts.models import AuditEntry
from adapterkit.errors import AdapterError, AuthenticationFailed, Rejected, TemporarilyUnavailable
from adapterkit.records import Submission, SubmissionState
from adapterkit.sentences import say
from engine.models import UnreadableRecord
from engine.outcomes import of_error, of_submission
from orders.models import OrderEvent
from orders.words.events import event_text
from orders.words.problems import explain
from tests.road import Road
from tests.web.test_pages import signed_in
from web.shared.audit_words import audit_text
from web.shared.refusals import refusal_text
from web.templatetags.ordersync import counted, why_unread


@pytest.mark.parametrize(
    ("language", "amount", "moment"),
    [
        ("en-gb", "1,378.40", "24 Nov 2026, 10:30"),
        ("fr", "1\xa0378,40", "24/11/2026 10:30"),
        ("nl", "1.378,40", "24-11-2026 10:30"),
        ("de", "1.378,40", "24.11.2026 10:30"),
    ],
)
def test_amounts_and_moments(language: str, amount: str, moment: str) -> None:
    placed = OrderEvent(code="sent_to_shop", params={"number": "9", "total": "1378.4000", "currency": "EUR"})
    waits = OrderEvent(code="waiting_for_tracking", params={"until": "2026-11-24T09:30:00+00:00"})

    with translation.override(language), timezone.override("Europe/Amsterdam"):
        assert f"{amount} EUR" in event_text(placed)
        assert moment in event_text(waits)


def test_only_amounts_are_taken_for_amounts() -> None:
    why = explain("shop_currency_differs", {"shop": "USD", "marketplace": "EUR"})
    assert "The shop made the order in USD, the marketplace says EUR." in why.what
    cut = OrderEvent(code="cancellation_confirmed", params={"quantity": 2, "sku": "1000.50"})
    assert event_text(cut) == "The marketplace cancelled 2 x 1000.50."


@pytest.mark.parametrize(
    ("action", "params", "text"),
    [
        ("connection_changed", {"name": "bol", "fields": "name, tracking_wait_hours"},
         "Order connection bol was changed: Name, Hours to wait for a tracking code."),
        ("member_changed", {"role": "viewer"}, "The role of anna@shop.example became Viewer."),
        ("direction_paused", {"name": "bol", "direction": "push"},
         "Order connection bol: Placing orders in the shop was paused."),
        ("activation_date_set",
         {"name": "bol", "since": "2026-11-15 16:36:53.789334+00:00", "count": "3", "reason": "asked"},
         "The activation date of bol was set back to 15 Nov 2026, 16:36; 3 orders came in. Reason: asked"),
        ("connection_activated", {"name": "bol", "since": "None"},
         "Order connection bol was activated, for every order still to be shipped."),
        ("connection_activated", {"name": "bol"},
         "Order connection bol was activated, for every order still to be shipped."),
        ("connection_activated", {"name": "bol", "since": "2026-11-15 16:36:53.789334+00:00"},
         "Order connection bol was activated, for orders since 15 Nov 2026, 16:36."),
        ("api_key_made", {"name": "ERP", "scopes": ["read", "stock"]},
         "API key ERP was made, for: Read everything, Change products and stock."),
        ("something_new", {}, "something_new member:anna@shop.example"),
    ],
)  # fmt: skip
def test_changes_are_told_in_words(action: str, params: dict[str, Any], text: str) -> None:
    entry = AuditEntry(action=action, subject="member:anna@shop.example", params=params)

    with translation.override("en-gb"):
        assert audit_text(entry) == text


@pytest.mark.parametrize(
    ("language", "text"),
    [("en-gb", "1 imported, 2 parcels, 1 product, 3 odd"), ("fr", "1 importée, 2 colis, 1 produit, 3 odd")],
)
def test_what_a_walk_brought_is_counted_in_words(language: str, text: str) -> None:
    with translation.override(language):
        assert counted({"walks": 4, "imported": 1, "parcels": 2, "products": 1, "odd": 3}) == text


CHARGES = say(
    "The shop charges %(shop)s for shipping in order %(number)s, the marketplace %(marketplace)s. Look for automatic "
    "discounts in the shop, then try again",
    shop=Decimal("1004.95"),
    number="10.50",
    marketplace=Decimal("0.00"),
)


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en-gb", "The shop charges 1,004.95 for shipping in order 10.50, the marketplace 0.00."),
        ("fr", "La boutique compte 1\xa0004,95 de frais de livraison pour la commande 10.50, la place de marché 0,00."),
        ("nl", "De winkel rekent 1.004,95 verzendkosten voor order 10.50, de marktplaats 0,00."),
        ("de", "Der Shop berechnet 1.004,95 Versand für die Bestellung 10.50, der Marktplatz 0,00."),
    ],
)
def test_what_an_adapter_says_is_told_with_its_values(language: str, text: str) -> None:
    outcome = of_error(Rejected(CHARGES, remote="code 17"))
    stored = json.loads(json.dumps(outcome.params))

    with translation.override(language):
        assert text in explain("rejected", stored).what
        assert "code 17" in explain("rejected", stored).what  # the other side's own words stay
        assert text in event_text(OrderEvent(code="problem", params={"problem_code": "rejected", **stored}))


def test_rows_from_before_there_were_sentences_read_as_they_did() -> None:
    with translation.override("fr"):
        constant = explain("unavailable", {"message": "The shop is not available now", "remote": "Not found there"})
        put_together = explain(
            "rejected", {"message": "The shop has no carrier 7; choose one", "remote": "Not found there"}
        )
        unread = why_unread(UnreadableRecord(reason="KeyError: 'total'"))

    assert constant.what.endswith(" La boutique est indisponible pour le moment. Not found there.")
    assert "The shop has no carrier 7; choose one. Not found there." in put_together.what
    assert unread == "KeyError: 'total'"


@pytest.mark.parametrize(
    ("error", "text"),
    [
        (
            AuthenticationFailed(say("The integration may not use %(resources)s: grant it under System > Extensions > Integrations", resources="Magento_Sales::ship"), remote="denied"),
            "L'intégration ne peut pas utiliser Magento_Sales::ship : accordez-lui ce droit sous System > Extensions > Integrations. denied.",
        ),
        (TemporarilyUnavailable("No answer", remote=say("the host cannot be reached")), "Pas de réponse. l'hôte est injoignable."),
        (Rejected("The request is refused", remote="Draft"), "La demande est refusée. Draft."),
    ],
)  # fmt: skip
def test_a_refused_connection_is_explained_in_the_reader_s_language(error: AdapterError, text: str) -> None:
    with translation.override("fr"):
        assert text in refusal_text(error)


@pytest.mark.parametrize("state", ["REJECTED", "UNKNOWN"])
def test_what_a_marketplace_decided_is_told_in_the_reader_s_language(state: str) -> None:
    message = say("bol answers %(status)s", status="FAILURE")
    outcome = of_submission(Submission(state=SubmissionState[state], message=message))

    with translation.override("de"):
        assert "bol antwortet FAILURE" in explain(outcome.code, outcome.params).what


@pytest.mark.django_db
def test_a_record_that_cannot_be_read_is_explained_on_the_activity_page(road: Road) -> None:
    broken = road.bol.place_order(sku="TST-001")
    road.bol.corrupt_order(broken, "orderPlacedDateTime", "yesterday")
    road.go(rounds=2)
    company, record = road.demo.company, UnreadableRecord.objects.get()
    type(company).objects.update(language="nl")

    page = signed_in(company).get(reverse("web:connection_activity", args=[road.demo.connection.pk]))

    assert record.reason == f"Order {broken} cannot be read: orderPlacedDateTime is 'yesterday', which cannot be read"
    words = f"Order {broken} is niet te lezen: orderPlacedDateTime is 'yesterday', en dat is niet te lezen"
    assert words in html.unescape(page.content.decode())


def test_a_name_does_not_turn_the_words_after_it() -> None:
    turning = "\u202eMugs\u2066"
    entry = AuditEntry(action="connection_paused", subject=f"connection:{turning}")
    refused = explain("rejected", {"message": turning, "remote": ""})

    with translation.override("en-gb"):
        assert audit_text(entry) == "Order connection Mugs was paused."
        assert refused.what == "The other side refused: Mugs."
