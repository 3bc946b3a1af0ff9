"""The wake-up calls. Each runs a whole round over what the database says is due; twice or never does no harm."""

from __future__ import annotations

from collections.abc import Callable

from celery import shared_task
from django.conf import settings
from django.db import close_old_connections

from engine.clock import moment
from engine.delivery import Delivery
from engine.flows.keep_house import keep_house as keep_house_flow
from engine.models import Beat
from engine.reading import read


@shared_task(name="engine.tasks.read_remote_sides")
def read_remote_sides(**_: object) -> None:
    _round("read", lambda: read(clock=moment, threads=settings.ORDERSYNC_THREADS))


@shared_task(name="engine.tasks.deliver_outbox")
def deliver_outbox(**_: object) -> None:
    _round("deliver", lambda: Delivery(clock=moment, threads=settings.ORDERSYNC_THREADS).run())


@shared_task(name="engine.tasks.keep_house")
def keep_house(**_: object) -> None:
    _round("keep_house", lambda: keep_house_flow(now=moment()))


def _round(name: str, work: Callable[[], object]) -> None:
    close_old_connections()
    work()
    Beat.objects.update_or_create(name=name, defaults={"at": moment()})
