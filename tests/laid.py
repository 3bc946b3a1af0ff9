"""A world that takes long to make is made once by each worker, and put back as it was for every further test.

Only in an empty database and beside simulators that nothing was done to: else it is made as ever.
"""

from __future__ import annotations

import copy
import pickle
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, TypeVar

from django.apps import apps
from django.core.cache import cache
from django.db import connection, models, transaction

from adapterkit.simulator import Seen, Simulator
from tests.clock import START, Clock

T = TypeVar("T")
LATE = timedelta(seconds=20)  # that a test may begin later than another, where the clock ticks
PARTS = ("accounts", "api", "carriers", "connections", "engine", "orders", "stock", "webhooks")


@dataclass(frozen=True)
class World:
    """What was there once it was made: rows by model, what the simulators held before and after, and what it was for."""

    began: datetime
    took: timedelta
    rows: Sequence[Sequence[models.Model]]
    before: Sequence[bytes]
    after: Sequence[bytes]
    seen: Sequence[Sequence[Seen]]
    made: Any


_worlds: dict[tuple[str, bool], World] = {}


def lay(name: str, make: Callable[[], T], simulators: Sequence[Simulator], clock: Clock, *, on: str = "") -> T:
    """Return what `make` returns, by making it or by putting back what it made before under this name.

    `on` names the world that it is made on, where it is not made from nothing.
    """
    before, began = [pickle.dumps(one) for one in simulators], clock()
    below, key = (on, clock.ticks), (name, clock.ticks)
    if _count() != (sum(map(len, _worlds[below].rows)) if below in _worlds else 0):
        return make()
    world = _worlds.get(key)
    if world and world.before == before and abs(began - world.began) <= (LATE if clock.ticks else timedelta(0)):
        return _put_back(world, simulators, clock)
    made = make()
    if world is None:
        after, seen = [pickle.dumps(one) for one in simulators], [list(one.requests) for one in simulators]
        _worlds[key] = World(began, clock() - began, _rows(), before, after, seen, copy.deepcopy(made))
    return made


def begin_again(simulators: Sequence[Simulator], pristine: Sequence[bytes], clock: Clock) -> None:
    """Take everything away: rows, what is cached, what the simulators (pickled when they were new) were given."""
    with transaction.atomic():
        _empty()
    cache.clear()
    clock.move_to(START)
    for simulator, state in zip(simulators, pristine, strict=True):
        restore(simulator, state, ())


def restore(simulator: Simulator, state: bytes, seen: Sequence[Seen]) -> None:
    vars(simulator).update(pickle.loads(state).__getstate__())  # noqa: S301 - this process wrote it
    simulator.requests[:] = seen


def _tables() -> list[str]:
    kinds = [model for part in PARTS for model in apps.get_app_config(part).get_models()]
    return [connection.ops.quote_name(model._meta.db_table) for model in kinds]


def _count() -> int:
    counts = [f"(SELECT COUNT(*) FROM {table})" for table in _tables()]  # noqa: S608 - our own tables' names
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {' + '.join(counts)}")
        return int(cursor.fetchone()[0])


def _empty() -> None:
    with connection.cursor() as cursor:
        for table in _tables():
            cursor.execute(f"DELETE FROM {table}")  # noqa: S608 - our own table's name


def _rows() -> list[list[models.Model]]:
    kinds = [model for part in PARTS for model in apps.get_app_config(part).get_models()]
    return [found for model in kinds if (found := list(model._base_manager.all()))]


def _put_back(world: World, simulators: Sequence[Simulator], clock: Clock) -> Any:
    with transaction.atomic():
        _empty()
        for rows in copy.deepcopy(world.rows):
            type(rows[0])._base_manager.bulk_create(rows)
    for simulator, state, seen in zip(simulators, world.after, world.seen, strict=True):
        restore(simulator, state, seen)
    clock.move_to(max(world.began + world.took, clock()))
    return copy.deepcopy(world.made)
