"""A merchant activates a connection: only when every step of its set-up list is done."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from accounts.models import Subscription, User
from connections import starting
from connections.models import OrderConnection
from orders.setup_list import Check, StepState, setup_list


class NotReady(Exception):
    """Steps are open; `checks` are those."""

    def __init__(self, checks: list[Check]) -> None:
        super().__init__(", ".join(check.step for check in checks))
        self.checks = checks


def activate_connection(*, connection: OrderConnection, now: datetime, by: User | None) -> bool:
    """Activate an inactive or paused connection; False when it is active already or archived. Raises `NotReady`."""
    with transaction.atomic():
        # What the checks look at stays as it is: no module ends, and no other connection of the seller starts.
        Subscription.objects.select_for_update().filter(company=connection.company_id).first()
        connection.account.lock_seller()
        open_checks = [check for check in setup_list(connection) if check.state != StepState.DONE]
        if open_checks:
            raise NotReady(open_checks)
        return starting.start(connection=connection, activated_from=None, now=now, by=by)
