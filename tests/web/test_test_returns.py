"""Returns of test orders stand among the others with a mark, and wait for nobody."""

from __future__ import annotations

import pytest
from django.urls import reverse

from connections.models import Direction
from engine.models import OutboxMessage
from orders.flows.send_test_return import NotATest, send_test_return
from orders.models import Order, ReturnLine
from orders.reading.backlogs import backlog
from tests.journeys.test_test_orders import send
from tests.road import Road
from tests.web.test_pages import signed_in

pytestmark = [pytest.mark.django_db, pytest.mark.either]
MARK = '<span class="badge bg-purple-lt">Test</span>'


def test_it_is_marked_answered_at_once_and_in_no_backlog(road: Road) -> None:
    road.bol.register_return(road.bol.place_order(sku="TST-001"))
    road.go(rounds=2)
    client = signed_in(road.demo.company)
    before = client.get(reverse("web:returns")).content.decode()
    order = send(road).order
    road.deliver()
    waiting = list(OutboxMessage.objects.order_by("pk").values_list("pk", "state"))

    [line] = send_test_return(order=order, now=road.clock(), by=None)

    after = client.get(reverse("web:returns")).content.decode()
    assert (before.count(MARK), after.count(MARK)) == (0, 1)
    answer = {"decision": "accepted", "quantity": "1", "page": "1"}
    told = client.post(reverse("web:answer_return", args=[line.pk]), answer, follow=True).content.decode()
    assert "Answered. No marketplace is told of a test." in told
    line.refresh_from_db()
    assert (line.state, line.problem_code) == ("accepted", "")
    assert [backlog(road.demo.connection, direction, road.clock()) for direction in Direction] == [0] * len(Direction)
    assert list(OutboxMessage.objects.order_by("pk").values_list("pk", "state")) == waiting


def test_a_real_order_is_not_sent_back_as_a_test(road: Road) -> None:
    road.bol.place_order(sku="TST-001")
    road.go(rounds=2)

    with pytest.raises(NotATest):
        send_test_return(order=Order.objects.get(), now=road.clock(), by=None)
    assert not ReturnLine.objects.exists()
