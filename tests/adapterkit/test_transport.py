"""The one HTTP door: what an answer means, what is repeated, what is never told."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import pytest

from adapterkit import errors
from adapterkit.network import AddressRefused, NetworkPolicy, check_url
from adapterkit.simulator import Request, Response, Simulator, route
from adapterkit.spec import Basic, Effect, creates, reads, replaces
from adapterkit.transport import Exchange, Transport

SECRET = "s3cr/et+value=="
READ, CREATE, REPLACE = reads("/things/{name}"), creates("/things"), replaces("/things/{name}")


class Things(Simulator):
    def __init__(self) -> None:
        super().__init__()
        self.made = 0

    @route("GET", "/things/{name}")
    def read(self, request: Request, name: str) -> Response:
        return Response(200, b'{"name": "' + name.encode() + b'", "price": 1.10, "text": "a\\u0000b"}')

    @route("PUT", "/things/{name}")
    def replace(self, request: Request, name: str) -> Response:
        return Response(200, {"name": name})

    @route("POST", "/things")
    def create(self, request: Request) -> Response:
        self.made += 1
        return Response(201, {"made": self.made, "echo": request.headers.get("Authorization")})


class Recorder:
    def __init__(self) -> None:
        self.exchanges: list[Exchange] = []

    def record(self, exchange: Exchange) -> None:
        self.exchanges.append(exchange)


@pytest.fixture
def things() -> Things:
    return Things()


def transport(things: Things, recorder: Recorder | None = None) -> Transport:
    return Transport(
        base_url="https://things.test",
        auth=Basic(username="user", password="secret"),
        credentials={"secret": SECRET},
        settings={"user": "me"},
        recorder=recorder,
        mounts={"https://things.test": things.mount()},
        wait=lambda _: None,
    )


def call(things: Things, effect: Effect, recorder: Recorder | None = None) -> Any:
    if effect is Effect.CREATES:
        return transport(things, recorder).call(CREATE, json={"a": 1})
    endpoint = READ if effect is Effect.READS else REPLACE
    return transport(things, recorder).call(endpoint, name="x", json=None if effect is Effect.READS else {})


def test_an_answer_is_decoded_without_floats_and_without_nul(things: Things) -> None:
    answer = transport(things).call(READ, name="a b/c")

    assert answer.body == {"name": "a b/c", "price": Decimal("1.10"), "text": "ab"}
    assert things.requests[0].path == "/things/a%20b%2Fc"


UNAVAILABLE, UNKNOWN = errors.TemporarilyUnavailable, errors.OutcomeUnknown


@pytest.mark.parametrize(
    ("kind", "options", "reading", "creating"),
    [
        ("status", {"status": 500}, UNAVAILABLE, UNKNOWN),
        ("status", {"status": 502}, UNAVAILABLE, UNKNOWN),
        ("status", {"status": 503}, UNAVAILABLE, UNAVAILABLE),
        ("status", {"status": 429}, errors.RateLimited, errors.RateLimited),
        ("status", {"status": 401}, errors.AuthenticationFailed, errors.AuthenticationFailed),
        ("status", {"status": 403}, errors.AuthenticationFailed, errors.AuthenticationFailed),
        ("status", {"status": 404}, errors.NotFound, errors.NotFound),
        ("status", {"status": 400}, errors.Rejected, errors.Rejected),
        ("status", {"status": 422}, errors.Rejected, errors.Rejected),
        ("redirect", {}, errors.Rejected, errors.Rejected),
        ("refused", {}, UNAVAILABLE, UNAVAILABLE),
        ("cut", {}, UNAVAILABLE, UNKNOWN),
        ("slow", {}, UNAVAILABLE, UNKNOWN),
        ("html", {}, UNAVAILABLE, UNKNOWN),
        ("huge", {}, UNAVAILABLE, UNKNOWN),
        ("endless", {}, UNAVAILABLE, UNKNOWN),
        ("malformed", {}, errors.MalformedResponse, UNKNOWN),
    ],
)
def test_every_failure_says_what_to_do_next(
    things: Things, kind: str, options: Mapping[str, Any], reading: type[Exception], creating: type[Exception]
) -> None:
    for effect, expected in ((Effect.READS, reading), (Effect.CREATES, creating)):
        things.requests.clear()
        things.fail_next(kind, times=9, **options)
        with pytest.raises(errors.AdapterError) as caught:
            call(things, effect)
        assert type(caught.value) is expected
        if effect is Effect.CREATES:
            assert len(things.requests) == 1
        things._faults.clear()


def test_a_read_is_repeated_twice_a_write_never(things: Things) -> None:
    things.fail_next(status=500, times=2)
    assert call(things, Effect.READS).status == 200
    assert len(things.requests) == 3

    things.fail_next(status=500, after_handling=True)
    with pytest.raises(errors.OutcomeUnknown):
        call(things, Effect.CREATES)
    assert things.made == 1


def test_a_long_wait_is_handed_back(things: Things) -> None:
    things.fail_next(status=429, retry_after=77)

    with pytest.raises(errors.RateLimited) as caught:
        call(things, Effect.READS)

    assert caught.value.retry_after == 77
    assert len(things.requests) == 1


def test_secrets_are_nowhere(things: Things) -> None:
    recorder = Recorder()
    things.fail_next(status=400, body={"message": f"bad key {SECRET}"})
    with pytest.raises(errors.Rejected) as caught:
        call(things, Effect.CREATES, recorder)
    call(things, Effect.CREATES, recorder)

    told = f"{caught.value!r} {caught.value} {recorder.exchanges}"
    assert len(recorder.exchanges) == 2
    assert SECRET not in told
    assert "bWU6" not in told  # the start of the Basic header's value


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "10.0.0.8",
        "169.254.169.254",
        "192.168.1.1",
        "::1",
        "fe80::1",
        "::ffff:10.0.0.1",
        "64:ff9b::a00:1",
        "0.0.0.0",
        "224.0.0.1",
    ],
)
def test_private_addresses_are_refused_unless_the_operator_allows_the_host(address: str) -> None:
    closed = NetworkPolicy(resolver=lambda host, port: [address])
    opened = NetworkPolicy(
        resolver=lambda host, port: [address], allowed_private_hosts=frozenset({"shop.internal:8080"})
    )

    with pytest.raises(AddressRefused):
        closed.address_for("shop.example", 443)
    with pytest.raises(AddressRefused):
        opened.address_for("shop.internal", 443)
    assert opened.address_for("shop.internal", 8080) == address


@pytest.mark.parametrize(
    "url",
    [
        "ftp://shop.example",
        "shop.example",
        "https://",
        "https://a:b@shop.example",
        "https://shop.example/?x=1",
        "https://shop.example:x",
    ],
)
def test_an_address_that_is_none_is_explained(url: str) -> None:
    with pytest.raises(AddressRefused) as caught:
        check_url(url, NetworkPolicy(resolver=lambda host, port: ["93.184.216.34"]))

    assert str(caught.value).endswith(".")
