"""Dialects: bodies as the remote side writes them, and answers judged whatever their status."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from xml.etree.ElementTree import Element, SubElement, tostring

import pytest

from adapterkit import errors
from adapterkit.auth import AllOf, Basic, HeaderKey
from adapterkit.dialects import BYTES, ENVELOPE, FORM, JSON, NOTHING, SOAP, TEXT, XML, Bytes, Dialect, Json
from adapterkit.network import NetworkPolicy
from adapterkit.simulator import Request, Response, Simulator, route
from adapterkit.spec import Endpoint, creates, reads, replaces
from adapterkit.transport import Answer, Exchange, Transport

SECRET = "s3cret-value"


class Side(Simulator):
    """Answers whatever it is told to, to everybody."""

    def __init__(self) -> None:
        super().__init__()
        self.says = Response(200, {})

    @route("GET", "/thing")
    def read(self, request: Request) -> Response:
        return self.says

    @route("POST", "/thing")
    def create(self, request: Request) -> Response:
        return self.says


class Recorder:
    def __init__(self) -> None:
        self.exchanges: list[Exchange] = []

    def record(self, exchange: Exchange) -> None:
        self.exchanges.append(exchange)


class Paces:
    def __init__(self) -> None:
        self.paused: list[tuple[str, float | None]] = []

    def acquire(self, bucket: str, cost: float = 1) -> None: ...

    def pause(self, bucket: str, seconds: float | None) -> float | None:
        self.paused.append((bucket, seconds))
        return seconds

    def learn(self, bucket: str, rate: float) -> None: ...


def door(side: Side, *, dialect: Dialect = JSON, **more: Any) -> Transport:
    return Transport(
        base_url="https://side.test",
        auth=AllOf(auths=(Basic(username="user", password="secret"), HeaderKey(setting="secret", header="X-Shop-Key"))),
        credentials={"secret": SECRET},
        settings={"user": "me"},
        dialect=dialect,
        wait=lambda _: None,
        **{"mounts": {"https://side.test": side.mount()}, **more},
    )


@pytest.fixture
def side() -> Side:
    return Side()


def order() -> Element:
    made = Element("order")
    SubElement(made, "name").text = "Bücher & <mehr>"
    return made


ORDER = "<order><name>Bücher &amp; &lt;mehr&gt;</name></order>"


@pytest.mark.parametrize(
    ("dialect", "body", "sent"),
    [
        (JSON, {"price": Decimal("1.10"), "ids": (1, 2)}, b'{"price":"1.10","ids":[1,2]}'),
        (JSON, b"{}", b"{}"),
        (FORM, {"a": "1&2", "b": ["x", "y z"]}, b"a=1%262&b=x&b=y+z"),
        (XML, order(), f"<?xml version='1.0' encoding='utf-8'?>\n{ORDER}".encode()),
        (XML, b"<a/>", b"<a/>"),
        (TEXT, "é", "é".encode()),
        (BYTES, b"\x1f\x8b", b"\x1f\x8b"),
        (NOTHING, b"{}", b"{}"),
    ],
)
def test_a_body_is_written_as_the_dialect_says(dialect: Dialect, body: Any, sent: bytes) -> None:
    assert dialect.encode(body) == sent


@pytest.mark.parametrize(
    ("dialect", "raw", "told"),
    [
        (JSON, b'{"price": 1.10, "text": "a\\u0000b"}', {"price": Decimal("1.10"), "text": "ab"}),
        (JSON, b" ", None),
        (FORM, b'{"access_token": "t"}', {"access_token": "t"}),
        (TEXT, b"\xff\x00hi", "\ufffdhi"),
        (BYTES, b"\xff\x00", b"\xff\x00"),
        (NOTHING, b"whatever", None),
        (XML, b"", None),
    ],
)
def test_an_answer_is_read_as_the_dialect_says(dialect: Dialect, raw: bytes, told: Any) -> None:
    assert dialect.decode(raw) == told


@pytest.mark.parametrize(
    ("dialect", "raw"),
    [
        (JSON, b"{"),
        (JSON, b'{"a": NaN}'),
        (XML, b"<a>"),
        (XML, b'<!DOCTYPE a [<!ENTITY x "y">]><a>&x;</a>'),
        (SOAP, b"<a/>"),
        (SOAP, f'<e:Envelope xmlns:e="{ENVELOPE}"><e:Body/></e:Envelope>'.encode()),
    ],
)
def test_what_is_not_in_the_dialect_is_refused(dialect: Dialect, raw: bytes) -> None:
    with pytest.raises(ValueError, match=r".+"):
        dialect.decode(raw)


def test_xml_and_soap_come_back_as_they_went() -> None:
    assert XML.decode(XML.encode(order())).findtext("name") == "Bücher & <mehr>"
    envelope = XML.decode(SOAP.encode(order()))
    assert [envelope.tag, envelope[0].tag] == [f"{{{ENVELOPE}}}Envelope", f"{{{ENVELOPE}}}Body"]
    assert tostring(SOAP.decode(SOAP.encode(order())), encoding="unicode") == ORDER


def test_an_endpoint_names_its_own_dialect_else_the_specs_counts(side: Side) -> None:
    made = door(side, dialect=XML)
    side.says = Response(200, b"<a/>")
    assert made.call(creates("/thing"), body=order()).body.tag == "a"
    side.says = Response(200, {"a": 1})
    assert made.call(creates("/thing", dialect=JSON), body={}).body == {"a": 1}

    kinds = [(seen.headers["Content-Type"], seen.headers["Accept"]) for seen in side.requests]
    assert kinds == [("text/xml; charset=utf-8", "text/xml"), ("application/json", "application/json")]


def test_without_a_body_no_type_is_told(side: Side) -> None:
    door(side).call(reads("/thing"))

    assert "Content-Type" not in side.requests[0].headers


@dataclass(frozen=True, kw_only=True)
class Honest(Json):
    """A side that says in its answer whether it did what it was asked."""

    def judge(self, answer: Answer, endpoint: Endpoint) -> errors.AdapterError | None:
        told = answer.body.get("error") if isinstance(answer.body, dict) else None
        match told:
            case None:
                return None
            case "throttled":
                return errors.RateLimited("Too many calls", retry_after=answer.body.get("wait"))
            case "busy":
                return errors.TemporarilyUnavailable("Busy", status=answer.status)
            case "key":
                return errors.AuthenticationFailed("The key is refused")
            case _:
                return errors.Rejected(f"{endpoint.path} refuses it", remote=str(told), status=answer.status, code="no")


HONEST = Honest()
READ, CREATE = reads("/thing", dialect=HONEST), creates("/thing", dialect=HONEST)


@pytest.mark.parametrize("status", [200, 201, 400, 500])
def test_a_success_is_judged_as_a_failure_is(side: Side, status: int) -> None:
    side.says = Response(status, {"error": f"bad {SECRET} " + "x" * 900})

    with pytest.raises(errors.Rejected) as refused:
        door(side).call(CREATE, body={})

    assert (refused.value.message, refused.value.code, refused.value.status) == ("/thing refuses it", "no", status)
    assert refused.value.remote.startswith("bad [hidden] xxx")
    assert len(refused.value.remote) == 500
    assert len(side.requests) == 1


def test_a_read_that_failed_with_200_is_repeated_a_creation_is_not(side: Side) -> None:
    side.says = Response(200, {"error": "busy"})

    for endpoint, tries in ((READ, 3), (CREATE, 1)):
        side.requests.clear()
        with pytest.raises(errors.TemporarilyUnavailable):
            door(side).call(endpoint)
        assert len(side.requests) == tries


def test_too_many_calls_told_with_200_pause_the_bucket(side: Side) -> None:
    pacer = Paces()
    side.says = Response(200, {"error": "throttled", "wait": 77})

    with pytest.raises(errors.RateLimited) as refused:
        door(side, pacer=pacer).call(READ)

    assert (refused.value.retry_after, pacer.paused) == (77, [("default", 77)])


@pytest.mark.parametrize(("status", "by"), [(200, ""), (401, "GET /thing")])
def test_a_success_that_refuses_the_key_speaks_of_the_key_itself(side: Side, status: int, by: str) -> None:
    side.says = Response(status, {"error": "key"})

    with pytest.raises(errors.AuthenticationFailed) as refused:
        door(side).call(READ)

    assert refused.value.by == by


@pytest.mark.parametrize(
    ("status", "reading", "creating"),
    [(500, errors.TemporarilyUnavailable, errors.OutcomeUnknown), (404, errors.NotFound, errors.NotFound)],
)
def test_what_nobody_judges_is_left_to_its_status(
    side: Side, status: int, reading: type[Exception], creating: type[Exception]
) -> None:
    side.says = Response(status, b"not JSON")
    for endpoint, expected in ((READ, reading), (CREATE, creating)):
        with pytest.raises(errors.AdapterError) as caught:
            door(side).call(endpoint)
        assert (type(caught.value), caught.value.remote) == (expected, "not JSON")


def test_the_calls_own_judge_comes_before_the_dialects(side: Side) -> None:
    side.says = Response(200, {"error": "no such thing"})

    def missing(answer: Answer) -> errors.AdapterError | None:
        return errors.NotFound("Not there") if "no such" in answer.body["error"] else None

    with pytest.raises(errors.NotFound):
        door(side).call(READ, judge=missing)
    side.says = Response(200, {"error": "else"})
    with pytest.raises(errors.Rejected, match="refuses it"):
        door(side).call(READ, judge=missing)


def test_a_judge_is_told_how_an_answer_begins_that_could_not_be_read(side: Side) -> None:
    seen: list[Answer] = []
    side.says = Response(200, f"Not authenticated with {SECRET}".encode())

    with pytest.raises(errors.MalformedResponse):
        door(side).call(reads("/thing"), judge=seen.append)

    assert [(answer.body, answer.words) for answer in seen] == [(None, "Not authenticated with [hidden]")]


def fault(code: str) -> bytes:
    told = f"<e:Fault><faultcode>e:{code}</faultcode><faultstring>why {SECRET}</faultstring></e:Fault>"
    return f'<e:Envelope xmlns:e="{ENVELOPE}"><e:Body>{told}</e:Body></e:Envelope>'.encode()


@pytest.mark.parametrize("status", [200, 500])
@pytest.mark.parametrize(
    ("code", "reading", "creating"),
    [
        ("Client", errors.Rejected, errors.Rejected),
        ("Client.Authentication", errors.Rejected, errors.Rejected),
        ("Server", errors.TemporarilyUnavailable, errors.OutcomeUnknown),
    ],
)
def test_a_soap_fault_is_an_error_whatever_its_status(
    side: Side, status: int, code: str, reading: type[Exception], creating: type[Exception]
) -> None:
    side.says = Response(status, fault(code))
    for endpoint, expected in ((reads("/thing", method="POST"), reading), (creates("/thing"), creating)):
        with pytest.raises(errors.AdapterError) as caught:
            door(side, dialect=SOAP).call(endpoint, body=order())
        assert (type(caught.value), caught.value.remote) == (expected, "why [hidden]")


def test_a_call_sends_headers_of_its_own(side: Side) -> None:
    recorder = Recorder()
    door(side, recorder=recorder).call(CREATE, body={}, headers={"Idempotency-Key": "bol-A1", "SOAPAction": '"do"'})

    assert side.requests[0].headers["Idempotency-Key"] == "bol-A1"
    assert side.requests[0].headers["SOAPAction"] == '"do"'
    assert recorder.exchanges[0].request_headers["Idempotency-Key"] == "bol-A1"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("authorization", "mine"),
        ("x-shop-KEY", "mine"),
        ("Content-Length", "0"),
        ("Host", "other.test"),
        ("Idempotency-Key", "a\r\nX-Evil: 1"),
        ("Idempotency-Key", "a\nb"),
        ("Idempotency-Key", "é"),
        ("X-A: b\r\nX-Evil", "1"),
        ("", "1"),
    ],
)
def test_no_header_changes_signature_or_framing(side: Side, name: str, value: str) -> None:
    with pytest.raises(ValueError, match="header"):
        door(side).call(CREATE, body={}, headers={name: value})

    assert side.requests == []


FILE, UPLOAD = reads("file", elsewhere=True, dialect=BYTES), replaces("file", elsewhere=True, dialect=Bytes())


@pytest.mark.parametrize("address", ["10.0.0.8", "127.0.0.1", "169.254.169.254", "::1"])
def test_an_address_that_was_given_is_not_called_inside_a_private_network(side: Side, address: str) -> None:
    inside = NetworkPolicy(resolver=lambda host, port: [address])

    with pytest.raises(errors.Rejected, match="inside a private network"):
        door(side, policy=inside).call(FILE, at="https://files.test/report?X-Amz-Signature=f00dfeed")
    with pytest.raises(errors.Rejected, match="inside a private network"):
        door(side, policy=inside).call(FILE, at=f"https://{f'[{address}]' if ':' in address else address}/report")


@pytest.mark.parametrize(
    ("kind", "reading", "tries"),
    [("redirect", errors.Rejected, 1), ("huge", errors.TemporarilyUnavailable, 3), ("endless", errors.TemporarilyUnavailable, 3)],
)  # fmt: skip
def test_an_address_that_was_given_leads_no_further_and_has_the_same_limits(
    side: Side, kind: str, reading: type[Exception], tries: int
) -> None:
    side.fail_next(kind, times=9)

    with pytest.raises(errors.AdapterError) as caught:
        door(side).call(FILE, at="https://side.test/thing")

    assert (type(caught.value), len(side.requests)) == (reading, tries)
    assert {"Authorization", "X-Shop-Key"}.isdisjoint(side.requests[0].headers)
