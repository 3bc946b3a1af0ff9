"""How far an adapter is proven: by its spec's word, or by a walk through the real software that was written down."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import date
from enum import StrEnum
from pathlib import Path

from adapterkit.spec import MarketplaceSpec, ShopSpec

FOLDER = Path(__file__).resolve().parent.parent / "docs" / "evidence"
NEEDED = frozenset({"credentials", "products", "create", "find", "verify"})  # less is no proof


class Result(StrEnum):
    OK = "ok"
    SKIPPED = "skipped"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a walk, how long it took, and what is to be said of it; never a secret, an address or a buyer."""

    name: str
    result: Result
    seconds: float
    said: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """A walk that was written down. `software` names what it ran against, as far as that told or a person said."""

    adapter: str
    on: date
    software: Mapping[str, str] = field(default_factory=dict)
    steps: Sequence[Step] = ()

    @property
    def proves(self) -> bool:
        """Whether an order went through: nothing failed, and no step that matters was left out."""
        done = {step.name for step in self.steps if step.result is Result.OK}
        return done >= NEEDED and not any(step.result is Result.FAILED for step in self.steps)

    @property
    def words(self) -> str:
        left_out = sorted({step.name for step in self.steps if step.result is Result.SKIPPED})
        return f"real software on {self.on.isoformat()}" + (f", without {', '.join(left_out)}" if left_out else "")


def write(evidence: Evidence, folder: Path = FOLDER) -> Path:
    """Write a walk down, in place of an earlier one; raises ValueError for one that proves nothing."""
    if not evidence.proves:
        raise ValueError("The walk did not get through, so it proves nothing")
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{evidence.adapter}.json"
    path.write_text(json.dumps(asdict(evidence), indent=2, default=str) + "\n", encoding="utf-8")
    return path


def read(code: str, folder: Path = FOLDER) -> Evidence | None:
    """Return the walk that was written down for an adapter, None where there is none."""
    path = folder / f"{code}.json"
    if not path.exists():
        return None
    found = json.loads(path.read_text(encoding="utf-8"))
    steps = tuple(Step(row["name"], Result(row["result"]), row["seconds"], row["said"]) for row in found["steps"])
    return Evidence(adapter=code, on=date.fromisoformat(found["on"]), software=found["software"], steps=steps)


def grade(spec: MarketplaceSpec | ShopSpec, folder: Path = FOLDER) -> str:
    """Return how far an adapter is proven, never higher than it is."""
    walked = read(spec.code, folder)
    return walked.words if walked is not None and walked.proves else spec.evidence
