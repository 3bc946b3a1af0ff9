"""Each kind of signing, at the door: what reaches the remote side, and what is never told."""

from __future__ import annotations

from base64 import b64decode, b64encode
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import parse_qsl

import pytest
import requests

from adapterkit.auth import (
    Account,
    AllOf,
    Auth,
    AuthBySetting,
    Basic,
    BasicOrOAuth1,
    ClientCredentials,
    HeaderKey,
    Hmac,
    MemoryTokens,
    NoSecretStore,
    OAuth1,
    Outgoing,
    PathKey,
    RefreshToken,
    Shared,
    Signer,
    TokenCall,
)
from adapterkit.redaction import Redactor
from adapterkit.simulator import Request, Response, Simulator, route
from adapterkit.spec import creates, reads
from adapterkit.transport import Exchange, Transport
from tests.clock import Clock

READ, CREATE = reads("/things"), creates("/things")
SETTINGS = {"user": "me", "client_id": "app"}
SECRETS = {"secret": "s3cret-value", "client_secret": "app-s3cret", "refresh_token": "refresh-me"}


class Side(Simulator):
    """Gives tokens that name their scope, and takes every call."""

    def __init__(self) -> None:
        super().__init__()
        self.forms: list[dict[str, str]] = []

    @route("POST", "/token")
    def token(self, request: Request) -> Response:
        self.forms.append(dict(parse_qsl(request.body.decode())))
        scope = self.forms[-1].get("scope", "all")
        return Response(200, {"access_token": f"{scope}-{len(self.forms)}", "expires_in": 3600})

    @route("POST", "/seed")
    def seed(self, request: Request) -> Response:
        return Response(200, {"seed": f"seed-of-{request.body.decode()}"})

    @route("GET", "/things")
    def read(self, request: Request) -> Response:
        return Response(200, {})

    @route("POST", "/things")
    def create(self, request: Request) -> Response:
        return Response(200, {})

    @route("GET", "/keyed/{key}")
    def keyed(self, request: Request, key: str) -> Response:
        return Response(200, {"key": key})

    @property
    def authorizations(self) -> list[str]:
        return [str(seen.headers.get("Authorization")) for seen in self.requests if seen.path == "/things"]


class Recorder:
    def __init__(self) -> None:
        self.exchanges: list[Exchange] = []

    def record(self, exchange: Exchange) -> None:
        self.exchanges.append(exchange)


@dataclass
class Worker:
    side: Side
    tokens: MemoryTokens
    recorder: Recorder

    def door(self, auth: Auth, *, scheme: str = "https", **settings: str) -> Transport:
        base = f"{scheme}://side.test"
        return Transport(
            base_url=base,
            auth=auth,
            credentials=SECRETS,
            settings={**SETTINGS, **settings},
            recorder=self.recorder,
            tokens=self.tokens,
            mounts={base: self.side.mount(), "https://side.test": self.side.mount()},
            wait=lambda _: None,
        )

    def sent(self, auth: Auth, **settings: str) -> Request:
        self.door(auth, **settings).call(READ)
        return self.side.requests[-1]


@pytest.fixture
def worker() -> Worker:
    return Worker(Side(), MemoryTokens(), Recorder())


def test_a_key_goes_into_its_header_and_is_not_recorded(worker: Worker) -> None:
    seen = worker.sent(HeaderKey(setting="secret", header="X-Shop-Key", prefix="Key "))

    assert seen.headers["X-Shop-Key"] == "Key s3cret-value"
    assert worker.recorder.exchanges[0].request_headers["X-Shop-Key"] == "[hidden]"


def test_basic_is_sent_over_https_and_signed_over_http(worker: Worker) -> None:
    basic = f"Basic {b64encode(b'me:s3cret-value').decode()}"
    assert worker.sent(Basic(username="user", password="secret")).headers["Authorization"] == basic
    assert worker.sent(BasicOrOAuth1(key="user", secret="secret")).headers["Authorization"] == basic

    plain = worker.sent(BasicOrOAuth1(key="user", secret="secret"), scheme="http")
    assert "Authorization" not in plain.headers
    assert (plain.query["oauth_consumer_key"], len(b64decode(plain.query["oauth_signature"][0]))) == (["me"], 32)
    assert "s3cret-value" not in f"{plain.query} {plain.headers}"


def test_oauth_1_signs_in_the_header_or_in_the_address(worker: Worker) -> None:
    in_header = OAuth1(consumer_key="user", consumer_secret="secret", signature="HMAC-SHA1", place="header")

    header = str(worker.sent(in_header).headers["Authorization"])

    assert header.startswith("OAuth ")
    assert 'oauth_signature_method="HMAC-SHA1"' in header
    assert "s3cret-value" not in header


def test_a_key_fills_its_place_in_the_path_beside_another_kind(worker: Worker) -> None:
    both = AllOf(auths=(PathKey(setting="secret"), HeaderKey(setting="client_secret", header="X-App")))

    told = worker.door(both).call(reads("/keyed/{key}")).body

    assert told == {"key": "s3cret-value"}
    assert worker.side.requests[-1].headers["X-App"] == "app-s3cret"


def test_the_merchant_chooses_a_kind(worker: Worker) -> None:
    kinds = {"one": HeaderKey(setting="secret", header="X-One"), "two": HeaderKey(setting="secret", header="X-Two")}
    auth = AuthBySetting(setting="how", choices=kinds)

    for how, header in (("two", "X-Two"), ("one", "X-One"), ("", "X-One")):
        assert worker.sent(auth, how=how).headers[header] == "s3cret-value"


CLIENT = ClientCredentials(token_url="https://side.test/token")
REFRESH = RefreshToken(token_url="https://side.test/token")


@pytest.mark.parametrize(
    ("auth", "grant"),
    [
        (CLIENT, {"grant_type": "client_credentials"}),
        (
            REFRESH,
            {
                "grant_type": "refresh_token",
                "refresh_token": "refresh-me",
                "client_id": "app",
                "client_secret": "app-s3cret",
            },
        ),
    ],
)
def test_a_scope_has_a_token_of_its_own_which_all_workers_share(
    worker: Worker, auth: Auth, grant: dict[str, str]
) -> None:
    orders, labels = reads("/things", scope="orders"), reads("/things", scope="labels")
    for _ in range(2):
        door = worker.door(auth)
        for endpoint in (READ, orders, labels, orders):
            door.call(endpoint)

    assert worker.side.forms == [grant, {**grant, "scope": "orders"}, {**grant, "scope": "labels"}]
    assert worker.side.authorizations == ["Bearer all-1", "Bearer orders-2", "Bearer labels-3", "Bearer orders-2"] * 2


def test_only_the_token_of_the_scope_that_was_refused_is_renewed(worker: Worker) -> None:
    orders, door = reads("/things", scope="orders"), worker.door(CLIENT)
    door.call(READ)
    door.call(orders)
    worker.side.fail_next(status=401, path="/things")

    door.call(orders)
    door.call(READ)

    assert worker.side.authorizations[-3:] == ["Bearer orders-2", "Bearer orders-3", "Bearer all-1"]


def whole_address(request: Outgoing, moment: datetime) -> bytes:
    body = request.body.decode() if isinstance(request.body, bytes) else request.body or ""
    return f"{request.method}\n{request.url}\n{body}\n{int(moment.timestamp())}".encode()


def signed(auth: Hmac, *, method: str, url: str, body: bytes | None, secret: str) -> dict[str, str]:
    """The headers that a signer of its own puts on a request."""

    def no_token(call: TokenCall) -> Response:
        raise AssertionError(call)

    account = Account(
        base_url="",
        fields={auth.setting: secret},
        tokens=MemoryTokens(),
        secrets=NoSecretStore(),
        send=no_token,
        redactor=Redactor(()),
    )
    request = requests.Request(method, url, data=body).prepare()
    auth.signer(account).sign(request, "")
    return dict(request.headers)


def test_a_signature_is_the_one_that_kaufland_publishes_for_its_example(clock: Clock) -> None:
    """The example of its seller API: method, address, body and Unix time, a line each; hexadecimal."""
    clock.move_to(datetime.fromtimestamp(1411055926, UTC))
    auth = Hmac(setting="secret", header="Shop-Signature", moment_header="Shop-Timestamp", message=whole_address)
    secret = "a7d0cb1da1ddbc86c96ee5fedd341b7d8ebfbb2f5c83cfe0909f4e57f05dd403"

    headers = signed(auth, method="POST", url="https://sellerapi.kaufland.com/v2/units/", body=None, secret=secret)

    assert headers["Shop-Timestamp"] == "1411055926"
    assert headers["Shop-Signature"] == "da0b65f51c0716c1d3fa658b7eaf710583630a762a98c9af8e9b392bd9df2e2a"


@pytest.mark.parametrize(
    ("algorithm", "digest"),
    [  # RFC 2202 and RFC 4231, test case 2
        ("sha1", "effcdf6ae5eb2fa2d27416d5f184df9c259a7c79"),
        ("sha256", "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"),
    ],
)
def test_algorithm_encoding_key_and_message_are_the_remote_sides(algorithm: str, digest: str) -> None:
    auth = Hmac(
        setting="secret",
        header="X-Signature",
        prefix="v1=",
        algorithm=algorithm,  # type: ignore[arg-type]
        encoding="base64",
        key=b64decode,
        message=lambda request, moment: b"what do ya want for nothing?",
    )

    headers = signed(auth, method="GET", url="https://side.test/", body=None, secret=b64encode(b"Jefe").decode())

    assert headers["X-Signature"] == f"v1={b64encode(bytes.fromhex(digest)).decode()}"


def test_method_path_moment_and_body_are_signed_and_no_signature_is_recorded(worker: Worker, clock: Clock) -> None:
    auth = Hmac(setting="secret", header="X-Signature", moment_header="X-Time")
    door = worker.door(auth)
    door.call(CREATE, body={"a": 1})
    door.call(CREATE, body={"a": 2})
    door.call(READ, query={"q": "x"})
    door.call(READ, query={"q": "x"})

    signatures = [seen.headers["X-Signature"] for seen in worker.side.requests]
    assert len(set(signatures)) == 3
    assert signatures[2] == signatures[3]
    clock.forward(seconds=1)
    door.call(READ, query={"q": "x"})
    assert worker.side.requests[-1].headers["X-Signature"] not in signatures
    assert {exchange.request_headers["X-Signature"] for exchange in worker.recorder.exchanges} == {"[hidden]"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Seeded:
    """A kind that no other adapter has: a seed, fetched and shared like a token, with a checksum of the path."""

    url: str
    checksum: Callable[[str], str]

    def signer(self, account: Account) -> Signer:
        return _Seeded(self, account)


class _Seeded(Shared):
    headers = frozenset({"X-Seed"})

    def __init__(self, auth: Seeded, account: Account) -> None:
        super().__init__(account, auth.url)
        self._auth = auth

    def sign(self, request: Outgoing, scope: str) -> None:
        request.headers["X-Seed"] = f"{self._take(scope)}/{self._auth.checksum(str(request.url))}"

    def _ask(self, scope: str) -> tuple[str, float]:
        call = TokenCall(url=self._auth.url, body=b"mine", content_type="text/plain", headers={})
        told = self._account.send(call).body
        assert isinstance(told, dict)
        return str(told["seed"]), 60.0


def test_an_adapter_may_bring_a_kind_of_its_own(worker: Worker) -> None:
    auth = Seeded(url="https://side.test/seed", checksum=lambda url: url[-6:])

    for _ in range(2):
        assert worker.sent(auth).headers["X-Seed"] == "seed-of-mine/things"

    assert len(worker.side.requests_to("POST", "/seed")) == 1
    assert "seed-of-mine" not in repr(worker.recorder.exchanges)
