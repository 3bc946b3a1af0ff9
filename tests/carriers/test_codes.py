"""What a marketplace calls a carrier: as shipped, unless the company knows better."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import AuditEntry, Company
from carriers.codes import codes_of
from carriers.flows.change_codes import change_codes
from carriers.matching import marketplace_code
from carriers.models import MarketplaceCarrier

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)


@pytest.fixture
def company() -> Company:
    return Company.objects.create(name="Mugs & Co")


def change(company: Company, **codes: str) -> int:
    named = {carrier.replace("_", "-"): code for carrier, code in codes.items()}
    return change_codes(company=company, seller="amazon", codes=named, now=NOW, by=None)


def code_for(company: Company, carrier: str) -> str:
    found = marketplace_code(carrier, codes_of(company.pk, "amazon"))
    return found.code if found else ""


def test_a_company_s_own_code_wins_and_only_for_that_company(company: Company) -> None:
    other = Company.objects.create(name="Other")

    assert change(company, dhl="DHL Paket", budbee=" Budbee ", postnl="") == 2

    assert (code_for(company, "dhl"), code_for(company, "budbee"), code_for(company, "postnl")) == (
        "DHL Paket",
        "Budbee",
        "PostNL",
    )
    assert (code_for(other, "dhl"), code_for(other, "budbee")) == ("DHL", "Other")
    [entry] = AuditEntry.objects.filter(action="carrier_codes_changed")
    assert (entry.company, entry.params["count"]) == (company, "2")


def test_the_shipped_one_comes_back_when_the_field_is_emptied_or_says_the_same(company: Company) -> None:
    change(company, dhl="DHL Paket", gls="GLS Germany")

    assert change(company, dhl="", gls="GLS") == 2

    assert (code_for(company, "dhl"), code_for(company, "gls")) == ("DHL", "GLS")
    assert not MarketplaceCarrier.objects.exists()


def test_what_changes_nothing_leaves_no_trace_and_what_is_not_named_stays(company: Company) -> None:
    change(company, dhl="DHL Paket")

    assert change(company, dhl="DHL Paket", no_such_carrier="X") == 0
    assert change(company, gls="") == 0

    assert code_for(company, "dhl") == "DHL Paket"
    assert AuditEntry.objects.filter(action="carrier_codes_changed").count() == 1


def test_reading_the_codes_takes_one_statement(company: Company) -> None:
    change(company, dhl="DHL Paket", budbee="Budbee")

    with CaptureQueriesContext(
        connection,
    ) as statements:
        codes_of(company.pk, "amazon")

    assert len(statements) == 1
