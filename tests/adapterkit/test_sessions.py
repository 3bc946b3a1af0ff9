"""A session that a login opens: opened once, shared, renewed when it has ended, and never told."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

import orjson
import pytest

from adapterkit.auth import AllOf, MemoryTokens, PathKey, Session
from adapterkit.errors import AuthenticationFailed, Rejected, TemporarilyUnavailable
from adapterkit.simulator import Request, Response, Simulator, route
from adapterkit.spec import creates, reads
from adapterkit.transport import Exchange, Transport

MARK = "{session}"
CALL, CREATE, KEYED = reads("/rpc", method="POST"), creates("/rpc"), reads("/keyed/{key}")
ENDED = b'{"fault": "session ended"}'


def login(fields: Mapping[str, str]) -> bytes:
    return orjson.dumps({"login": [fields["user"], fields["secret"]]})


def opened(answer: str) -> str:
    if "refused" in answer:
        raise AuthenticationFailed("The login is refused")
    return answer.removeprefix("session=")


AUTH = Session(
    path="/rpc",
    login=login,
    opened=opened,
    over=lambda content: content == ENDED,
    account=("user", "secret"),
    mark=MARK,
    content_type="application/json",
    lasts=timedelta(hours=1),
)


class Rpc(Simulator):
    """Answers everything with 200, as such sides do. Its sessions are `session<1`, `session<2` and so on."""

    def __init__(self) -> None:
        super().__init__()
        self.secret, self.logins, self.session, self.done = "s3cret-pass", 0, "", 0

    @route("POST", "/rpc")
    def rpc(self, request: Request) -> Response:
        if "login" in request.json:
            if request.json["login"] != ["me", self.secret]:
                return Response(200, b"refused")
            self.logins += 1
            self.session = f"session&lt;{self.logins}"
            return Response(200, f"session=session<{self.logins}")
        assert int(request.headers["Content-Length"]) == len(request.body)
        if request.json["session"] != self.session:
            return Response(200, ENDED)
        self.done += 1
        return Response(200, {"echo": request.json["text"]})

    @route("GET", "/keyed/{key}")
    def keyed(self, request: Request, key: str) -> Response:
        return Response(200 if key == "path-k3y" else 401, {})

    @route("POST", "/elsewhere")
    def elsewhere(self, request: Request) -> Response:
        return Response(200, {"echo": request.json["text"]})


class Recorder:
    def __init__(self) -> None:
        self.exchanges: list[Exchange] = []

    def record(self, exchange: Exchange) -> None:
        self.exchanges.append(exchange)


@pytest.fixture
def rpc() -> Rpc:
    return Rpc()


def transport(rpc: Rpc, tokens: MemoryTokens, recorder: Recorder | None = None) -> Transport:
    return Transport(
        base_url="https://rpc.test",
        auth=AllOf(auths=(PathKey(setting="key"), AUTH)),
        credentials={"secret": "s3cret-pass", "key": "path-k3y"},
        settings={"user": "me"},
        recorder=recorder,
        tokens=tokens,
        mounts={"https://rpc.test": rpc.mount()},
        wait=lambda _: None,
    )


def call(door: Transport, text: str = "hello") -> object:
    return door.call(CALL, body={"session": MARK, "text": text}).body


def test_one_login_serves_all_workers(rpc: Rpc) -> None:
    tokens = MemoryTokens()

    for _ in range(3):
        assert call(transport(rpc, tokens), MARK) == {"echo": MARK}  # only the first mark is the session's place

    assert (rpc.logins, len(rpc.requests)) == (1, 4)


def test_a_session_that_ended_is_renewed_once_and_the_call_made_again(rpc: Rpc) -> None:
    tokens = MemoryTokens()
    first, second = transport(rpc, tokens), transport(rpc, tokens)
    call(first)
    call(second)
    rpc.session = ""  # ended over there

    assert first.call(CREATE, body={"session": MARK, "text": "x"}).body == {"echo": "x"}
    assert call(second) == {"echo": "hello"}

    assert (rpc.logins, rpc.done) == (2, 4)


def test_a_session_that_is_over_at_once_is_not_renewed_for_ever(rpc: Rpc) -> None:
    door = transport(rpc, MemoryTokens())
    call(door)
    rpc.on_request = lambda request, when: setattr(rpc, "session", "") if b"login" not in request.body else None

    assert call(door) == orjson.loads(ENDED)
    assert rpc.logins == 2


def test_a_refused_login_says_so_and_nothing_is_called(rpc: Rpc) -> None:
    rpc.secret = "another"
    with pytest.raises(AuthenticationFailed):
        call(transport(rpc, MemoryTokens()))

    assert (rpc.done, len(rpc.requests)) == (0, 1)


def test_a_login_that_is_not_there_can_be_tried_later(rpc: Rpc) -> None:
    rpc.fail_next(status=500, times=5)
    with pytest.raises(TemporarilyUnavailable):
        call(transport(rpc, MemoryTokens()))

    rpc.fail_next(status=404, times=5)
    with pytest.raises((TemporarilyUnavailable, Rejected)):
        call(transport(rpc, MemoryTokens()))


def test_what_carries_no_session_opens_none(rpc: Rpc) -> None:
    door = transport(rpc, MemoryTokens())
    door.call(KEYED)
    rpc.fail_next(status=401)
    with pytest.raises(AuthenticationFailed):
        door.call(KEYED)

    assert (rpc.logins, len(rpc.requests)) == (0, 2)


def test_what_is_sent_elsewhere_is_left_as_it_is_whatever_it_holds(rpc: Rpc) -> None:
    answer = transport(rpc, MemoryTokens()).call(creates("/elsewhere"), body={"text": MARK})

    assert (answer.body, rpc.logins) == ({"echo": MARK}, 0)


def test_the_secret_and_the_session_are_never_told(rpc: Rpc) -> None:
    recorder = Recorder()
    door = transport(rpc, MemoryTokens(), recorder)
    call(door)
    door.call(KEYED)

    told = repr(recorder.exchanges)
    assert [exchange.method for exchange in recorder.exchanges] == ["POST", "POST", "GET"]
    for secret in ("s3cret-pass", "session<1", "session&lt;1", "path-k3y"):
        assert secret not in told
