"""What became of a write that the marketplace decides later."""

from __future__ import annotations

from adapterkit.errors import NotFound
from adapterkit.marketplace import ChecksSubmissions, Marketplace
from engine.outcomes import Outcome, Verdict, of_submission


def ask(marketplace: Marketplace, reference: str) -> Outcome:
    """Ask the marketplace that gave us the reference; one that it forgot may have been carried out or not."""
    assert isinstance(marketplace, ChecksSubmissions)  # noqa: S101 - it gave us the reference
    try:
        return of_submission(marketplace.check_submission(reference))
    except NotFound:
        return Outcome(verdict=Verdict.UNKNOWN, code="submission_forgotten")
