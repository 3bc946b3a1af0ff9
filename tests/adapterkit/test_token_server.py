"""Who gives out tokens has a pace and a word of its own: what it asks for stops nothing else, and a firewall's page in
front of it says nothing of the key."""

from __future__ import annotations

from typing import Any

import pytest

from adapterkit import errors
from adapterkit.auth import ClientCredentials, MemoryTokens
from adapterkit.simulator import Request, Response, Simulator, route
from adapterkit.spec import reads
from adapterkit.transport import Transport

READ = reads("/things/{name}", "lists")


class Side(Simulator):
    """Answers every reading; who asks for a token gets what the test has it say."""

    def __init__(self) -> None:
        super().__init__()
        self.says: Response = Response(200, {"access_token": "t", "expires_in": 3600})

    @route("POST", "/token")
    def token(self, request: Request) -> Response:
        return self.says

    @route("GET", "/things/{name}")
    def thing(self, request: Request, name: str) -> Response:
        return Response(200, {"name": name})


class Paces:
    def __init__(self) -> None:
        self.paused: list[tuple[str, float | None]] = []
        self.acquired: list[str] = []

    def acquire(self, bucket: str, cost: float = 1) -> None:
        self.acquired.append(bucket)

    def pause(self, bucket: str, seconds: float | None) -> float | None:
        self.paused.append((bucket, seconds))
        return seconds

    def learn(self, bucket: str, rate: float) -> None: ...


def ask(side: Side, pacer: Paces) -> Any:
    door = Transport(
        base_url="https://side.test",
        auth=ClientCredentials(token_url="https://side.test/token"),
        credentials={"client_secret": "s3cret"},
        settings={"client_id": "me"},
        pacer=pacer,
        tokens=MemoryTokens(),
        mounts={"https://side.test": side.mount()},
        wait=lambda _: None,
    )
    return door.call(READ, path={"name": "x"}).body


@pytest.mark.parametrize(
    ("answer", "error", "retry_after"),
    [
        (Response(429, {}, {"Retry-After": "600"}), errors.RateLimited, 600.0),
        (Response(503, {}, {"Retry-After": "30"}), errors.RateLimited, 30.0),
        (Response(429, {}), errors.RateLimited, None),
        (Response(503, {}), errors.TemporarilyUnavailable, None),
        (Response(500, {}), errors.TemporarilyUnavailable, None),
        (Response(403, "<html>Forbidden</html>"), errors.TemporarilyUnavailable, None),
        (Response(403, {"error": "unauthorized_client"}), errors.AuthenticationFailed, None),
        (Response(401, {"error": "invalid_client"}), errors.AuthenticationFailed, None),
        (Response(400, {"error": "invalid_grant"}), errors.AuthenticationFailed, None),
    ],
)
def test_its_answer_says_what_to_do_next(
    answer: Response, error: type[errors.AdapterError], retry_after: float | None
) -> None:
    side, pacer = Side(), Paces()
    side.says = answer

    with pytest.raises(errors.AdapterError) as told:
        ask(side, pacer)

    assert type(told.value) is error
    assert getattr(told.value, "retry_after", None) == retry_after
    assert getattr(told.value, "by", "") == ""
    assert {bucket for bucket, _ in pacer.paused} <= {"token"}
    assert side.requests_to("GET", "/things/") == []


def test_a_token_is_asked_for_at_a_pace_of_its_own() -> None:
    side, pacer = Side(), Paces()

    ask(side, pacer)

    assert pacer.acquired == ["lists", "token"]


@pytest.mark.parametrize("waits", ["inf", "nan", "-5", "soon", "1e400"])
def test_a_wait_that_is_none_is_no_wait(waits: str) -> None:
    side, pacer = Side(), Paces()
    side.says = Response(429, {}, {"Retry-After": waits})

    with pytest.raises(errors.RateLimited) as told:
        ask(side, pacer)

    assert told.value.retry_after in {None, 0.0}
