"""The steps of the set-up list in words, with the page where each is done."""

from __future__ import annotations

from dataclasses import dataclass

from django.urls import reverse
from django.utils.translation import gettext as _

from connections.models import OrderConnection
from orders.setup_list import Check, Step, StepState
from orders.words.problems import explain
from shops.registry import shop


@dataclass(frozen=True, slots=True)
class StepWords:
    """`url` leads to the page where the step is done; `what` says what is left, or what is to be known of it."""

    title: str
    what: str
    url: str


def step_words(check: Check, connection: OrderConnection) -> StepWords:
    """Return a step in words, in the active language."""
    titles = {
        Step.MODULE: _("The module Order connections is active"),
        Step.SHOP: _("The shop is connected"),
        Step.PLATFORM: _("The shop platform can take these orders"),
        Step.PRODUCTS: _("Products are imported"),
        Step.PRODUCT_IDS: _("Every product has its own ID"),
        Step.ACCOUNT: _("The marketplace account is connected"),
        Step.CARRIER: _("A default carrier is chosen"),
        Step.TEST_ORDER: _("A test order arrived in the shop"),
    }
    what = ""
    if check.step == Step.PLATFORM and check.state == StepState.DONE:
        what = _platform(connection)
    elif check.state != StepState.DONE:
        why = explain(check.code, check.params)
        what = " ".join(part for part in (why.what, why.mend) if part)
    return StepWords(titles[check.step], what, _page(check.step, connection))


def _platform(connection: OrderConnection) -> str:
    """What is to be known of the shop's platform, and how sure it is that no order is there twice."""
    spec = shop(connection.project.shop.platform).spec
    once = _("An order is created once. What remains of the risk of a second one: %(remaining)s")
    risk = once % {"remaining": _(spec.remaining_window)}
    return f"{_(spec.caution)} {risk}" if spec.caution else risk


def _page(step: Step, connection: OrderConnection) -> str:
    match step:
        case Step.MODULE:
            return reverse("web:subscription")
        case Step.ACCOUNT:
            return reverse("web:account", args=[connection.account_id])
        case Step.CARRIER:
            return reverse("web:connection_carriers", args=[connection.pk])
        case Step.TEST_ORDER:
            return reverse("web:test_order", args=[connection.pk])
        case _:
            return reverse("web:project", args=[connection.project_id])
