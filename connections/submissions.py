"""What became of a write that the marketplace decides later."""

from __future__ import annotations

from collections.abc import Mapping

from adapterkit.errors import NotFound
from adapterkit.marketplace import ChecksSubmissions, Marketplace
from adapterkit.records import Submission
from engine.outcomes import Outcome, Verdict, attempt, of_submission

FORGOTTEN = Outcome(verdict=Verdict.UNKNOWN, code="submission_forgotten")  # it may have been carried out or not


def ask(marketplace: Marketplace, reference: str) -> Outcome:
    """Ask the marketplace that gave us the reference what became of it."""
    return ask_together(marketplace, reference, {0: ""})[0]


def ask_together(marketplace: Marketplace, reference: str, keys: Mapping[int, str]) -> Mapping[int, Outcome]:
    """Ask once about records that were submitted together; return what became of each.

    `keys` are the records' own ones at the marketplace, by whatever the answers are to be found by. Raises nothing:
    where the marketplace cannot be asked about all of them, it could not in smaller parts either.
    """
    answer = attempt(lambda: _checked(marketplace, reference))
    if isinstance(answer, Outcome):
        return dict.fromkeys(keys, answer)
    return {name: of_submission(answer.of_record(key)) for name, key in keys.items()}


def _checked(marketplace: Marketplace, reference: str) -> Submission | Outcome:
    assert isinstance(marketplace, ChecksSubmissions)  # noqa: S101 - it gave us the reference
    try:
        return marketplace.check_submission(reference)
    except NotFound:
        return FORGOTTEN
