"""A refresh token that the token server replaces each time: no worker is left with one that is void."""

from __future__ import annotations

import threading
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from urllib.parse import parse_qsl

import pytest

from adapterkit.auth import MemoryTokens, RefreshToken
from adapterkit.errors import AuthenticationFailed, MalformedResponse, TemporarilyUnavailable
from adapterkit.simulator import Request, Response, Simulator, route
from adapterkit.spec import reads
from adapterkit.transport import Exchange, Transport

READ = reads("/things")


class Rotating(Simulator):
    """Takes each refresh token once, and the newest access token only."""

    def __init__(self) -> None:
        super().__init__()
        self.number = 1

    @property
    def good(self) -> str:
        return f"refresh-{self.number}"

    @route("POST", "/token")
    def token(self, request: Request) -> Response:
        if dict(parse_qsl(request.body.decode()))["refresh_token"] != self.good:
            return Response(400, {"error": "invalid_grant"})
        self.number += 1
        return Response(200, {"access_token": f"access-{self.number}", "expires_in": 3600, "refresh_token": self.good})

    @route("GET", "/things")
    def read(self, request: Request) -> Response:
        good = request.headers["Authorization"] == f"Bearer access-{self.number}"
        return Response(200 if good else 401, {})

    @property
    def asked(self) -> int:
        return len(self.requests_to("POST", "/token"))


class Credentials:
    """What lies in the database; `away` while that does not answer."""

    def __init__(self, **secrets: str) -> None:
        self.secrets, self.away, self.read_anew = secrets, False, 0

    def current(self, setting: str) -> str:
        self.read_anew += 1
        return self.secrets[setting]

    def replace(self, setting: str, old: Collection[str], new: str) -> None:
        if not self.away and self.secrets[setting] in old:
            self.secrets[setting] = new


class Recorder:
    def __init__(self) -> None:
        self.exchanges: list[Exchange] = []

    def record(self, exchange: Exchange) -> None:
        self.exchanges.append(exchange)


class Company:
    """One account; each of its workers reads the credentials when it begins."""

    def __init__(self) -> None:
        self.side, self.stored, self.tokens = Rotating(), Credentials(refresh_token="refresh-1"), MemoryTokens()
        self.recorder = Recorder()

    def worker(self) -> Transport:
        return Transport(
            base_url="https://side.test",
            auth=RefreshToken(token_url="https://side.test/token"),
            credentials={"client_secret": "app-s3cret", **self.stored.secrets},
            settings={"client_id": "app"},
            recorder=self.recorder,
            tokens=self.tokens,
            secrets=self.stored,
            mounts={"https://side.test": self.side.mount()},
            wait=lambda _: None,
        )

    def expire(self) -> None:
        """The access token is refused from now on."""
        for key, (token, until) in list(self.tokens._tokens.items()):
            if token.startswith("access-"):
                self.tokens.put(key, token, until - 3600)


@pytest.fixture
def company() -> Company:
    return Company()


def test_the_successor_is_stored_at_once_and_never_told(company: Company) -> None:
    company.worker().call(READ)

    assert company.stored.secrets == {"refresh_token": "refresh-2"}
    told = repr(company.recorder.exchanges)
    assert "refresh-2" not in told
    assert "access-2" not in told


def test_a_worker_with_the_old_one_and_a_worker_with_the_new_one_share_a_token(company: Company) -> None:
    early = company.worker()
    company.worker().call(READ)
    late = company.worker()

    for worker in (early, late, early, late):
        assert worker.call(READ).status == 200

    assert (company.side.asked, company.stored.read_anew) == (1, 0)


def test_workers_of_every_age_take_up_the_newest(company: Company) -> None:
    workers = [company.worker()]
    for _ in range(4):
        workers[-1].call(READ)
        company.expire()
        workers.append(company.worker())

    for worker in workers:
        assert worker.call(READ).status == 200

    assert company.stored.secrets["refresh_token"] == company.side.good == "refresh-6"
    assert company.side.asked == 5


def test_a_refused_access_token_is_renewed_with_the_newest(company: Company) -> None:
    one, other = company.worker(), company.worker()
    one.call(READ)
    other.call(READ)
    company.side.fail_next(status=401, path="/things", times=1)

    assert one.call(READ).status == 200
    assert other.call(READ).status == 200
    assert (company.side.asked, company.stored.secrets["refresh_token"]) == (2, "refresh-3")


def test_where_the_cache_was_lost_a_refused_one_is_read_anew(company: Company) -> None:
    early = company.worker()
    company.worker().call(READ)
    company.tokens._tokens.clear()

    assert early.call(READ).status == 200

    assert company.stored.secrets["refresh_token"] == company.side.good
    assert company.stored.read_anew == 1


def test_where_the_database_was_away_the_cache_brings_the_successor_back(company: Company) -> None:
    company.stored.away = True
    company.worker().call(READ)
    assert company.stored.secrets == {"refresh_token": "refresh-1"}

    company.stored.away = False
    company.worker().call(READ)

    assert company.stored.secrets == {"refresh_token": "refresh-2"}
    assert company.side.asked == 1


def test_the_successor_is_kept_even_where_no_access_token_came_with_it(company: Company) -> None:
    company.side.fail_next(status=200, body={"refresh_token": "refresh-9"}, path="/token")

    with pytest.raises(MalformedResponse):
        company.worker().call(READ)

    assert company.stored.secrets == {"refresh_token": "refresh-9"}
    company.side.number = 9
    assert company.worker().call(READ).status == 200


def test_one_that_is_void_everywhere_is_a_refusal(company: Company) -> None:
    company.side.number = 7

    with pytest.raises(AuthenticationFailed):
        company.worker().call(READ)

    assert company.stored.secrets == {"refresh_token": "refresh-1"}
    assert company.side.asked == 1


def test_one_that_was_entered_meanwhile_stays(company: Company) -> None:
    worker = company.worker()
    company.stored.secrets["refresh_token"] = "entered-anew"

    worker.call(READ)

    assert company.stored.secrets == {"refresh_token": "entered-anew"}


def test_two_scopes_do_not_replace_it_behind_each_others_back(company: Company) -> None:
    early, orders = company.worker(), reads("/things", scope="orders")
    company.worker().call(READ)

    early.call(orders)

    assert (company.side.asked, company.stored.secrets["refresh_token"]) == (2, "refresh-3")


def test_many_at_once_ask_one_after_the_other(company: Company) -> None:
    workers, answers = [company.worker() for _ in range(8)], list[int]()
    threads = [threading.Thread(target=lambda w=w: answers.append(w.call(READ).status)) for w in workers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert (answers, company.side.asked) == ([200] * 8, 1)


def test_nobody_asks_while_another_worker_is_at_it(company: Company) -> None:
    class Busy(MemoryTokens):
        @contextmanager
        def lock(self, key: str) -> Iterator[bool]:
            yield False

    company.tokens = Busy()

    with pytest.raises(TemporarilyUnavailable):
        company.worker().call(READ)

    assert company.side.requests == []
