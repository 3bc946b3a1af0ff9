"""Papers that programs handed in for an order: shown on its page, saved and never opened among our own pages."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import Company
from orders.flows.keep_document import LARGEST, NotKept, keep_document
from orders.models import Order, OrderDocument
from tests.road import Road
from tests.web.test_pages import signed_in

pytestmark = [pytest.mark.django_db, pytest.mark.either]
PDF = b"%PDF-1.7 <script>alert(1)</script>"


def keep(road: Road, name: str = "2026-1.pdf", content: bytes = PDF) -> OrderDocument:
    if not Order.objects.exists():
        road.bol.place_order(sku="TST-001")
        road.go(rounds=2)
    return keep_document(
        order=Order.objects.get(), kind="INVOICE", name=name, content=content, now=road.clock(), by=None
    )


def test_the_order_s_page_names_them_and_leads_to_them(road: Road) -> None:
    paper = keep(road, "2026-1 <b>.pdf")
    client = signed_in(road.demo.company)

    page = client.get(reverse("web:order", args=[paper.order_id])).content.decode()

    assert reverse("web:paper", args=[paper.order_id, paper.pk]) in page
    assert "2026-1 &lt;b&gt;.pdf" in page
    assert "<b>.pdf" not in page


@pytest.mark.parametrize(
    ("name", "saved"),
    [
        ("2026-1.pdf", 'attachment; filename="2026-1.pdf"'),
        ("../../etc/passwd", 'attachment; filename="_.._etc_passwd.pdf"'),
        ("a\r\nSet-Cookie: x=1", 'attachment; filename="a_Set-Cookie_ x_1.pdf"'),
        ("page.html", 'attachment; filename="page.html.pdf"'),
        ("Rechnung Nº7.pdf", "attachment; filename*=utf-8''Rechnung%20N%C2%BA7.pdf"),
    ],
)
def test_one_is_saved_as_what_it_is_under_a_harmless_name(road: Road, name: str, saved: str) -> None:
    paper = keep(road, name)

    answer = signed_in(road.demo.company).get(reverse("web:paper", args=[paper.order_id, paper.pk]))

    assert (answer.status_code, answer.content) == (200, PDF)
    assert (answer["Content-Type"], answer["X-Content-Type-Options"]) == ("application/pdf", "nosniff")
    assert answer["Content-Disposition"] == saved
    assert "sandbox" in answer["Content-Security-Policy"]
    assert answer["Cache-Control"] == "private, no-store"


def test_nobody_else_reads_it(road: Road) -> None:
    paper = keep(road)
    url = reverse("web:paper", args=[paper.order_id, paper.pk])

    stranger = signed_in(Company.objects.create(name="Other"))
    assert stranger.get(url).status_code == 404
    assert Client().get(url).status_code == 302
    mine = signed_in(road.demo.company)
    assert mine.get(reverse("web:paper", args=[paper.order_id + 1, paper.pk])).status_code == 404


def test_what_is_too_long_or_no_pdf_is_not_kept(road: Road) -> None:
    keep(road)
    for content in (b"%PDF-" + b"x" * LARGEST, b"<html>", b""):
        with pytest.raises(NotKept):
            keep(road, "other.pdf", content)
    assert [paper.name for paper in OrderDocument.objects.all()] == ["2026-1.pdf"]
