"""The one HTTP door: what an answer means, what is repeated, what is never told."""

from __future__ import annotations

import socket
from collections.abc import Mapping
from decimal import Decimal
from typing import Any
from urllib.parse import urlsplit

import pytest

from adapterkit import errors
from adapterkit.auth import Basic, RefreshToken
from adapterkit.dialects import BYTES, TEXT, Bytes
from adapterkit.network import AddressRefused, NetworkPolicy
from adapterkit.sentences import kept, say
from adapterkit.simulator import Request, Response, Simulator, route
from adapterkit.spec import Effect, creates, reads, replaces
from adapterkit.transport import Exchange, Transport

SECRET = "s3cr/et+value=="
READ, CREATE, REPLACE = reads("/things/{name}"), creates("/things"), replaces("/things/{name}")


class Things(Simulator):
    def __init__(self) -> None:
        super().__init__()
        self.made = 0
        self.asked = ""

    @route("GET", "/things/{name}")
    def read(self, request: Request, name: str) -> Response:
        self.asked = urlsplit(request.url).query
        return Response(200, b'{"name": "' + name.encode() + b'", "price": 1.10, "text": "a\\u0000b"}')

    @route("PUT", "/things/{name}")
    def replace(self, request: Request, name: str) -> Response:
        return Response(200, {"name": name})

    @route("POST", "/things")
    def create(self, request: Request) -> Response:
        self.made += 1
        return Response(201, {"made": self.made, "echo": request.headers.get("Authorization")})


class Elsewhere(Simulator):
    """A host of its own, whose addresses are handed out signed and for a few minutes."""

    @route("PUT", "/upload")
    def take(self, request: Request) -> Response:
        return Response(200, b"")

    @route("GET", "/report")
    def give(self, request: Request) -> Response:
        return Response(200, b"\x1f\x8b\x00 not JSON")


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
        return transport(things, recorder).call(CREATE, body={"a": 1})
    endpoint = READ if effect is Effect.READS else REPLACE
    return transport(things, recorder).call(endpoint, path={"name": "x"}, body=None if effect is Effect.READS else {})


def test_an_answer_is_decoded_without_floats_and_without_nul(things: Things) -> None:
    answer = transport(things).call(READ, path={"name": "a b/c"})

    assert answer.body == {"name": "a b/c", "price": Decimal("1.10"), "text": "ab"}
    assert things.requests[0].path == "/things/a%20b%2Fc"


def test_a_space_that_is_asked_for_is_no_plus(things: Things) -> None:
    """Magento checks an OAuth signature with "+" taken for itself; a list repeats its name, None is left out."""
    transport(things).call(
        READ, path={"name": "x"}, query={"at": "2026-11-23 17:00", "plus": "1+1", "id": [1, 2], "not": None}
    )

    assert things.asked == "at=2026-11-23%2017%3A00&plus=1%2B1&id=1&id=2"


def test_text_is_handed_over_as_it_came(things: Things) -> None:
    things.fail_next("html")

    assert (
        transport(things)
        .call(reads("/things/{name}", dialect=TEXT), path={"name": "x"})
        .body.startswith("<!DOCTYPE html>")
    )


UNAVAILABLE, UNKNOWN = errors.TemporarilyUnavailable, errors.OutcomeUnknown


@pytest.mark.parametrize(
    ("kind", "options", "reading", "creating"),
    [
        ("status", {"status": 500}, UNAVAILABLE, UNKNOWN),
        ("status", {"status": 502}, UNAVAILABLE, UNKNOWN),
        ("status", {"status": 503}, UNAVAILABLE, UNAVAILABLE),
        ("status", {"status": 429}, errors.RateLimited, errors.RateLimited),
        ("status", {"status": 401}, errors.AuthenticationFailed, errors.AuthenticationFailed),
        ("status", {"status": 403}, errors.Rejected, errors.Rejected),
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


UPLOAD = replaces("upload", elsewhere=True, dialect=Bytes(content_type="text/xml; charset=UTF-8"))
REPORT = reads("report", elsewhere=True, dialect=BYTES)
SIGNED = "https://files.test/upload?X-Amz-Credential=AKIAIOSFODNN7&part=1&X-Amz-Signature=f00dfeed"


def test_a_sentence_that_tells_a_secret_stays_one_without_it(things: Things) -> None:
    why = say("%(field)s is %(value)s, which cannot be read", field="total", value=f"of {SECRET}")

    told = transport(things).telling(errors.MalformedResponse("The answer cannot be read", remote=why))

    assert kept(told.remote) == {
        "text": "%(field)s is %(value)s, which cannot be read",
        "values": {"field": "total", "value": "of [hidden]"},
    }


def with_elsewhere(things: Things, elsewhere: Elsewhere, recorder: Recorder) -> Transport:
    made = transport(things, recorder)
    made._mounts = {"https://things.test": things.mount(), "https://files.test": elsewhere.mount()}
    return made


def test_an_address_that_was_given_is_called_unsigned_and_kept_without_its_signature(things: Things) -> None:
    elsewhere, recorder = Elsewhere(), Recorder()
    made = with_elsewhere(things, elsewhere, recorder)

    made.call(UPLOAD, at=SIGNED, body="<a/>")
    report = made.call(REPORT, at="https://files.test/report")

    [upload, _] = elsewhere.requests
    assert upload.body == b"<a/>"
    assert upload.headers["Content-Type"] == "text/xml; charset=UTF-8"
    assert upload.query["X-Amz-Signature"] == ["f00dfeed"]
    assert [seen.headers.get("Authorization") for seen in elsewhere.requests] == [None, None]
    assert report.body == b"\x1f\x8b\x00 not JSON"
    assert [exchange.url for exchange in recorder.exchanges] == [
        "https://files.test/upload?part=1",
        "https://files.test/report",
    ]


def test_an_address_that_is_handed_out_is_kept_without_its_signature(things: Things) -> None:
    recorder = Recorder()
    things.fail_next(status=400, body={"url": SIGNED})

    with pytest.raises(errors.Rejected) as refused:
        call(things, Effect.CREATES, recorder)

    told = f"{refused.value} {recorder.exchanges}"
    assert "part=1" in told
    assert "f00dfeed" not in told
    assert "AKIAIOSFODNN7" not in told


@pytest.mark.parametrize("status", [401, 403, 404])
def test_an_address_that_expired_says_nothing_about_the_credentials(things: Things, status: int) -> None:
    elsewhere = Elsewhere()
    elsewhere.fail_next(status=status)

    with pytest.raises(errors.TemporarilyUnavailable):
        with_elsewhere(things, elsewhere, Recorder()).call(UPLOAD, at=SIGNED, body="<a/>")


def test_an_address_without_encryption_is_not_called(things: Things) -> None:
    elsewhere = Elsewhere()

    with pytest.raises(errors.MalformedResponse):
        with_elsewhere(things, elsewhere, Recorder()).call(UPLOAD, at="http://files.test/upload", body="<a/>")

    assert elsewhere.requests == []


class Paces:
    """A pacer that was told one thing or another."""

    def __init__(self) -> None:
        self.told: list[tuple[str, object]] = []

    def acquire(self, bucket: str, cost: float = 1) -> None:
        self.told.append(("acquire", bucket))

    def pause(self, bucket: str, seconds: float | None) -> float | None:
        self.told.append(("pause", seconds))
        return 178.6 if seconds is None else seconds

    def learn(self, bucket: str, rate: float) -> None:
        self.told.append(("learn", rate))


@pytest.mark.parametrize("bucket", ["lists", "default"])
def test_a_limit_without_a_time_waits_as_the_pacer_computes(things: Things, bucket: str) -> None:
    pacer = Paces()
    made = transport(things)
    made._pacer = pacer
    things.fail_next(status=429)

    with pytest.raises(errors.RateLimited) as refused:
        made.call(reads("/things/{name}", bucket), path={"name": "x"})

    assert (refused.value.retry_after, refused.value.asked) == (178.6, True)
    assert pacer.told == [("acquire", bucket), ("pause", None)]


@pytest.mark.parametrize(("header", "learnt"), [("0.0056", [("learn", 0.0056)]), ("many", []), ("0", []), ("", [])])
def test_a_rate_that_an_answer_tells_reaches_the_pacer(
    things: Things, monkeypatch: pytest.MonkeyPatch, header: str, learnt: list[tuple[str, float]]
) -> None:
    pacer = Paces()
    made = transport(things)
    made._pacer, made._rate_header = pacer, "x-rate"
    answers = things._handle

    def telling(request: Request) -> Response:
        answer = answers(request)
        answer.headers["X-Rate"] = header
        return answer

    monkeypatch.setattr(things, "_handle", telling)
    made.call(READ, path={"name": "x"})

    assert [told for told in pacer.told if told[0] == "learn"] == learnt


@pytest.mark.parametrize("status", [401, 403])
def test_a_token_that_ran_out_is_renewed_once_however_its_end_is_told(things: Things, status: int) -> None:
    made = Transport(
        base_url="https://things.test",
        auth=RefreshToken(token_url="https://things.test/token", refusals=frozenset({401, 403})),
        credentials={"client_secret": SECRET, "refresh_token": f"refresh-{status}"},
        settings={"client_id": "me"},
        mounts={"https://things.test": things.mount()},
        wait=lambda _: None,
    )
    things.fail_next(status=200, body={"access_token": "first", "expires_in": 3600}, path="/token")
    things.fail_next(status=status, path="/things")
    things.fail_next(status=200, body={"access_token": "second", "expires_in": 3600}, path="/token")

    made.call(READ, path={"name": "x"})

    seen = [(seen.path, seen.headers.get("Authorization")) for seen in things.requests]
    assert seen == [
        ("/token", None),
        ("/things/x", "Bearer first"),
        ("/token", None),
        ("/things/x", "Bearer second"),
    ]


def nowhere(host: str, port: int) -> list[str]:
    raise socket.gaierror(socket.EAI_NONAME, "no such name")


def test_a_host_without_an_address_was_not_reached_so_nothing_can_have_happened() -> None:
    lost = Transport(
        base_url="https://shop.test",
        auth=Basic(username="user", password="secret"),
        credentials={"secret": SECRET},
        settings={"user": "me"},
        policy=NetworkPolicy(resolver=nowhere),
    )

    with pytest.raises(UNAVAILABLE, match="nobody knows the host's name"):
        lost.call(CREATE, body={})


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
