"""bol's samples, decoded as the transport decodes them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import marketplaces.bol
from adapterkit.wire import decoded

SAMPLES = Path(next(iter(marketplaces.bol.__path__))) / "samples"
MISSING = object()


def sample(name: str) -> Any:
    return decoded((SAMPLES / f"{name}.json").read_bytes())


def changed(payload: Any, path: str, value: Any) -> Any:
    """Return the payload with one field replaced (`orderItems.0.unitPrice`), or removed with MISSING."""
    place = payload
    *way, last = path.split(".")
    for step in way:
        place = place[int(step)] if step.isdigit() else place[step]
    key: Any = int(last) if last.isdigit() else last
    if value is MISSING:
        del place[key]
    else:
        place[key] = value
    return payload
