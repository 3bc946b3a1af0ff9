"""Facts that seldom change are asked for once, by whoever needs them first; never longer than they may be kept."""

from __future__ import annotations

import pytest

from adapterkit.auth import Basic
from adapterkit.errors import NotFound
from adapterkit.keeping import MemoryAnswers
from adapterkit.simulator import Request, Response, Simulator, route
from adapterkit.spec import reads
from adapterkit.transport import Transport

FACT, READ = reads("/facts/{name}", kept=60), reads("/facts/{name}")


class Facts(Simulator):
    @route("GET", "/facts/{name}")
    def tell(self, request: Request, name: str) -> Response:
        return Response(200, {"name": name, "asked": len(self.requests)})


class Account:
    """One account whose calls are made by many workers, each with a transport of its own."""

    def __init__(self) -> None:
        self.now, self.side, self.answers = 1000.0, Facts(), MemoryAnswers()

    def worker(self, key: str = "s3cret") -> Transport:
        return Transport(
            base_url="https://facts.test",
            auth=Basic(username="user", password="key"),
            credentials={"key": key},
            settings={"user": "me"},
            answers=self.answers,
            mounts={"https://facts.test": self.side.mount()},
            now=lambda: self.now,
        )

    @property
    def asked(self) -> int:
        return len(self.side.requests)


def test_a_kept_answer_serves_all_workers_for_as_long_as_it_may_be_kept() -> None:
    account = Account()
    told = [account.worker().call(FACT, query={"a": 1}, path={"name": "tax"}).body["asked"] for _ in range(3)]
    account.now += 59.9
    told.append(account.worker().call(FACT, query={"a": 1}, path={"name": "tax"}).body["asked"])
    assert (told, account.asked) == ([1, 1, 1, 1], 1)

    account.now += 0.1
    assert account.worker().call(FACT, query={"a": 1}, path={"name": "tax"}).body["asked"] == 2


def test_another_question_another_key_and_a_call_that_keeps_nothing_are_asked() -> None:
    account = Account()
    account.worker().call(FACT, path={"name": "tax"})
    for ask in (
        lambda: account.worker().call(FACT, path={"name": "carrier"}),
        lambda: account.worker().call(FACT, query={"a": 2}, path={"name": "tax"}),
        lambda: account.worker("another").call(FACT, path={"name": "tax"}),
        lambda: account.worker().call(READ, path={"name": "tax"}),
    ):
        before = account.asked
        ask()
        assert account.asked == before + 1


def test_who_forgets_asks_anew_once_and_is_told_whether_that_may_change_anything() -> None:
    account = Account()
    first, second = account.worker(), account.worker()
    first.call(FACT, path={"name": "tax"})
    second.call(FACT, path={"name": "tax"})

    account.now += 1
    assert (first.forget(), second.forget()) == (False, True)  # the first asked itself

    account.now += 1
    assert [second.call(FACT, path={"name": "tax"}).body["asked"] for _ in range(2)] == [2, 2]


def test_what_was_forgotten_is_given_to_nobody_and_nothing_from_before_is_taken() -> None:
    account = Account()
    first = account.worker()
    first.call(FACT, path={"name": "tax"})
    first.forget()
    assert account.worker().call(FACT, path={"name": "tax"}).body["asked"] == 2

    account.now += 1
    third = account.worker()
    assert third.forget() is False
    account.now += 1
    assert third.call(FACT, path={"name": "tax"}).body["asked"] == 3


def test_a_refusal_is_not_kept() -> None:
    account = Account()
    account.side.fail_next(status=404)
    with pytest.raises(NotFound):
        account.worker().call(FACT, path={"name": "tax"})
    assert account.worker().call(FACT, path={"name": "tax"}).body["asked"] == 2
