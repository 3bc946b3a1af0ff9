"""The call of a webhook: signed so that the library's own verifier takes it, and led nowhere but to its address."""

from __future__ import annotations

import json
from typing import Any

import pytest
from standardwebhooks import Webhook, WebhookVerificationError

from adapterkit import errors
from adapterkit.network import AddressRefused, NetworkPolicy, check_webhook_url
from adapterkit.simulator import Request, Response, Simulator, route
from adapterkit.transport import Exchange
from adapterkit.webhooks import post_webhook

SECRET, BEFORE, OTHER = (f"whsec_{letter * 32}" for letter in "ABC")
BODY = json.dumps({"type": "order.changed", "data": {"name": "Žluťoučký"}}, ensure_ascii=False).encode()
PUBLIC = NetworkPolicy(resolver=lambda host, port: ["93.184.216.34"])


class Receiver(Simulator):
    says = Response(204, b"")

    @route("POST", "/hooks/orders/")
    def take(self, request: Request) -> Response:
        return self.says


class Recorder:
    def __init__(self) -> None:
        self.exchanges: list[Exchange] = []

    def record(self, exchange: Exchange) -> None:
        self.exchanges.append(exchange)


@pytest.fixture
def receiver() -> Receiver:
    return Receiver()


def post(receiver: Receiver, url: str = "https://erp.test/hooks/orders/", **more: Any) -> Any:
    more.setdefault("secrets", {"secret": SECRET})
    mounts = {"https://erp.test": receiver.mount()}
    return post_webhook(url=url, message_id="msg_1", body=BODY, mounts=mounts, **more)


def test_the_library_s_own_verifier_takes_it(receiver: Receiver) -> None:
    assert post(receiver).status == 204
    (got,) = receiver.requests

    headers = {name.lower(): value for name, value in got.headers.items()}
    assert Webhook(SECRET).verify(got.body, headers) == json.loads(BODY)
    assert (headers["webhook-id"], headers["content-type"]) == ("msg_1", "application/json")
    with pytest.raises(WebhookVerificationError):
        Webhook(OTHER).verify(got.body, headers)
    with pytest.raises(WebhookVerificationError):
        Webhook(SECRET).verify(got.body + b" ", headers)


def test_while_a_secret_is_replaced_both_verify(receiver: Receiver) -> None:
    post(receiver, secrets={"secret": SECRET, "previous_secret": BEFORE})
    (got,) = receiver.requests

    for secret in (SECRET, BEFORE):
        Webhook(secret).verify(got.body, dict(got.headers))
    with pytest.raises(WebhookVerificationError):
        Webhook(OTHER).verify(got.body, dict(got.headers))


def test_the_address_is_called_as_it_stands_and_its_query_is_hidden(receiver: Receiver) -> None:
    recorder = Recorder()
    receiver.says = Response(200, f"{SECRET} sig=t0ken%2F1&b=2".encode())
    post(receiver, "https://erp.test/hooks/orders/?sig=t0ken%2F1&b=2", recorder=recorder)

    assert receiver.requests[0].query == {"sig": ["t0ken/1"], "b": ["2"]}
    (exchange,) = recorder.exchanges
    assert "t0ken" not in repr(exchange)
    assert SECRET not in repr(exchange)
    assert exchange.request_headers["webhook-signature"] == "[hidden]"
    assert exchange.url == "https://erp.test/hooks/orders/?[hidden]"


@pytest.mark.parametrize("body", [b"", b"<html>", b"{", b"x" * 20_000_000])
def test_only_the_status_of_the_answer_counts(receiver: Receiver, body: bytes) -> None:
    recorder = Recorder()
    receiver.says = Response(202, body)

    assert post(receiver, recorder=recorder).status == 202
    assert recorder.exchanges[0].response_body == body.decode()[: 64 * 1024]


@pytest.mark.parametrize(
    ("kind", "options", "expected"),
    [
        ("status", {"status": 410}, errors.NotFound),
        ("status", {"status": 500}, errors.TemporarilyUnavailable),
        ("status", {"status": 400}, errors.Rejected),
        ("redirect", {}, errors.Rejected),
        ("cut", {}, errors.TemporarilyUnavailable),
        ("slow", {}, errors.TemporarilyUnavailable),
    ],
)
def test_everything_else_is_a_failure_and_tried_once(
    receiver: Receiver, kind: str, options: dict[str, Any], expected: type[Exception]
) -> None:
    receiver.fail_next(kind, times=5, **options)

    with pytest.raises(expected):
        post(receiver)
    assert len(receiver.requests) == 1


def test_a_name_that_leads_elsewhere_when_it_is_called_is_not_called() -> None:
    answers = iter([["93.184.216.34"], ["127.0.0.1"]])
    policy = NetworkPolicy(resolver=lambda host, port: next(answers))
    url = check_webhook_url("https://erp.test/hook", policy)

    with pytest.raises(errors.Rejected) as caught:
        post_webhook(url=url, message_id="msg_1", body=BODY, secrets={"secret": SECRET}, policy=policy)
    assert "inside a private network" in caught.value.message


@pytest.mark.parametrize(
    "url", ["https://erp.test/hook", "https://erp.test/hook/", "https://erp.test:8443/h?a=b/&c=%2F"]
)
def test_an_address_stays_as_it_was_typed(url: str) -> None:
    assert check_webhook_url(f" {url}\n", PUBLIC) == url


@pytest.mark.parametrize(
    ("url", "code"),
    [
        ("http://erp.test/hook", "unencrypted"),
        ("https://me:word@erp.test/hook", "login"),
        ("https://erp.test/hook#there", "query"),
        ("https://erp.test/a b", "malformed"),
        ("https://erp.test/{name}", "malformed"),
        ("ftp://erp.test/hook", "malformed"),
        ("https://erp.test:x/hook", "malformed"),
        ("erp.test", "malformed"),
        ("https://", "malformed"),
        ("", "malformed"),
    ],
)
def test_an_address_that_is_not_called_is_explained(url: str, code: str) -> None:
    with pytest.raises(AddressRefused) as caught:
        check_webhook_url(url, PUBLIC)
    assert caught.value.code == code
    assert str(caught.value).endswith(".")


def nowhere(host: str, port: int) -> list[str]:
    return list(map(str, host.encode("idna"))) if ".." in host else ["10.0.0.1"]


@pytest.mark.parametrize(
    ("url", "code"),
    [("https://erp..test/", "unknown_host"), ("https://erp.test/", "private"), ("http://erp.internal/", "unencrypted")],
)
def test_a_host_that_is_not_public_is_refused_when_it_is_typed(url: str, code: str) -> None:
    with pytest.raises(AddressRefused) as caught:
        check_webhook_url(url, NetworkPolicy(resolver=nowhere))
    assert caught.value.code == code


def test_the_operator_s_own_hosts_may_be_private_and_unencrypted() -> None:
    policy = NetworkPolicy(resolver=nowhere, allowed_private_hosts=frozenset({"erp.internal:8080"}))

    assert check_webhook_url("http://erp.internal:8080/hook", policy) == "http://erp.internal:8080/hook"
    with pytest.raises(AddressRefused):
        check_webhook_url("http://erp.internal/hook", policy)
