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
from django.db import connection, models, transaction

from adapterkit.simulator import Seen, Simulator
from tests.clock import Clock

T = TypeVar("T")
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


_worlds: dict[str, World] = {}


def lay(name: str, make: Callable[[], T], simulators: Sequence[Simulator], clock: Clock) -> T:
    """Return what `make` returns, by making it or by putting back what it made before under this name."""
    before = [pickle.dumps(one) for one in simulators]
    world = _worlds.get(name)
    if _holds_anything():
        return make()
    if world and world.before == before and world.began == clock():
        return _put_back(world, simulators, clock)
    began, made = clock(), make()
    if world is None:
        after = [pickle.dumps(one) for one in simulators]
        seen = [list(one.requests) for one in simulators]
        _worlds[name] = World(began, clock() - began, _rows(), before, after, seen, copy.deepcopy(made))
    return made


def _models() -> list[type[models.Model]]:
    return [model for part in PARTS for model in apps.get_app_config(part).get_models()]


def _holds_anything() -> bool:
    tables = [connection.ops.quote_name(model._meta.db_table) for model in _models()]
    rows = [f"EXISTS (SELECT 1 FROM {table})" for table in tables]  # noqa: S608 - our own tables' names
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {' OR '.join(rows)}")
        return bool(cursor.fetchone()[0])


def _rows() -> list[list[models.Model]]:
    return [found for model in _models() if (found := list(model._base_manager.all()))]


def _put_back(world: World, simulators: Sequence[Simulator], clock: Clock) -> Any:
    with transaction.atomic():
        for rows in copy.deepcopy(world.rows):
            type(rows[0])._base_manager.bulk_create(rows)
    for simulator, state, seen in zip(simulators, world.after, world.seen, strict=True):
        simulator.requests.extend(seen)
        vars(simulator).update(pickle.loads(state).__getstate__())  # noqa: S301 - this process wrote it
    clock.forward(world.took)
    return copy.deepcopy(world.made)
