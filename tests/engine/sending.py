"""Parcels for a simulated depot: a kind of message whose calls go through the real door, paced, signed and recorded."""

from __future__ import annotations

import threading
from base64 import b64decode
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from accounts.models import AuditEntry, Company
from adapterkit.auth import ClientCredentials
from adapterkit.errors import NotFound
from adapterkit.simulator import Request, Response, Simulator, route
from adapterkit.spec import RateLimit, creates, reads
from adapterkit.transport import Transport
from engine import outbox
from engine.models import OutboxMessage
from engine.outcomes import Outcome, done
from engine.pacing import AccountPacer
from engine.registry import Call, ExchangeLog, Result
from engine.tokens import SharedTokens
from tests.clock import Clock

PATIENCE = 30.0  # seconds for what happens at once unless something is broken
LOOK, SEND = reads("/parcels/{key}", "looks"), creates("/parcels/{key}", "parcels")
AMPLE = {"parcels": RateLimit(100, burst=1000)}


class Stopped(BaseException):
    """The worker is gone: nothing of it may catch this."""


class Depot(Simulator):
    """Takes each parcel once, from those who carry their lane's token. Refuses what `refusals` names: a parcel, a
    whole lane, or its token."""

    def __init__(self) -> None:
        super().__init__()
        self.refusals: dict[str, Response] = {}
        self.taken: list[str] = []
        self.tokens: Counter[str] = Counter()

    @route("POST", "/token")
    def token(self, request: Request) -> Response:
        lane = b64decode(request.headers["Authorization"].removeprefix("Basic ")).decode().split(":")[0]
        if refusal := self.refusals.get(f"token of {lane}"):
            return refusal
        self.tokens[lane] += 1
        return Response(200, {"access_token": f"{self.tokens[lane]}-of-{lane}", "expires_in": 7200})

    @route("GET", "/{lane}/parcels/{key}")
    def find(self, request: Request, lane: str, key: str) -> Response:
        return Response(200 if key in self.taken else 404, {})

    @route("POST", "/{lane}/parcels/{key}")
    def take(self, request: Request, lane: str, key: str) -> Response:
        if request.headers["Authorization"] != f"Bearer {self.tokens[lane]}-of-{lane}":
            return Response(401, {})
        if key in self.taken:
            return Response(409, "taken twice")
        refusal = self.refusals.get(key) or self.refusals.get(lane)
        if refusal is None:
            self.taken.append(key)
        return refusal or Response(201, {})

    def tries(self, lane: str) -> int:
        return len(self.requests_to("POST", f"/{lane}/"))


def nothing(*_: object) -> None: ...


@dataclass
class Parcels:
    """How parcels are sent. What a call or a load is to meet on its way, a test puts into the hooks."""

    clock: Clock
    company: Company
    depot: Depot = field(default_factory=Depot)
    limits: Mapping[str, RateLimit] = field(default_factory=lambda: AMPLE)
    kind: str = "parcel"
    on_load: Callable[[Sequence[OutboxMessage]], object] = nothing  # in the worker's own thread
    before_call: Callable[[str], object] = nothing
    after_call: Callable[[str], object] = nothing
    instead: dict[str, Outcome] = field(default_factory=dict)  # of a call
    threads: dict[str, str] = field(default_factory=dict)  # in which a parcel's latest call was made

    def post(self, lane: str, count: int, *, about: str = "") -> list[str]:
        """Owe so many parcels to a lane, each about something of its own unless told otherwise; return their keys."""
        first = OutboxMessage.objects.filter(lane=lane).count()
        keys = [f"{lane}-{number}" for number in range(first, first + count)]
        outbox.post(
            (
                outbox.Draft(
                    company_id=self.company.pk,
                    kind=self.kind,
                    key=key,
                    lane=lane,
                    subject=about or key,
                    record_id=1,
                    due=self.clock(),
                )
                for key in keys
            ),
            self.clock(),
        )
        return keys

    def load(
        self, messages: Sequence[OutboxMessage], logs: Mapping[int, ExchangeLog], now: datetime
    ) -> Mapping[int, Call | Outcome]:
        self.on_load(messages)
        return {m.pk: self.instead.get(m.key) or self._call(m, logs[m.pk]) for m in messages}

    def _call(self, message: OutboxMessage, log: ExchangeLog) -> Call:
        lane, key, look_first = message.lane, message.key, message.look_first
        door = Transport(
            base_url=f"https://depot.test/{lane}",
            auth=ClientCredentials(token_url="https://depot.test/token"),
            credentials={"client_secret": f"s3cret-of-{lane}"},
            settings={"client_id": lane},
            pacer=AccountPacer(lane, self.limits),
            recorder=log,
            tokens=SharedTokens(),
            mounts={"https://depot.test": self.depot.mount()},
        )

        def call() -> Outcome:
            self.threads[key] = threading.current_thread().name
            self.before_call(key)
            if not (look_first and _is_there(door, key)):
                door.call(SEND, path={"key": key})
            self.after_call(key)
            return done()

        return call

    def settle(self, results: Sequence[Result], now: datetime) -> None:
        AuditEntry.objects.bulk_create(
            AuditEntry(company=self.company, subject=r.message.key, action=str(r.outcome.verdict), at=now)
            for r in results
        )

    @property
    def facts(self) -> list[tuple[str, str]]:
        """What was written down of each, in the transaction that settled it: key and verdict."""
        return list(AuditEntry.objects.order_by("pk").values_list("subject", "action"))


def _is_there(door: Transport, key: str) -> bool:
    try:
        door.call(LOOK, path={"key": key})
    except NotFound:
        return False
    return True


def message(key: str) -> OutboxMessage:
    return OutboxMessage.objects.get(key=key)


def tries_of(key: str) -> list[tuple[int, str]]:
    return list(message(key).attempt_records.order_by("number").values_list("number", "outcome"))


class Together:
    """Who is somewhere at the same time, and the most that ever were; by name."""

    def __init__(self) -> None:
        self.now: Counter[str] = Counter()
        self.most: Counter[str] = Counter()
        self._lock = threading.Lock()

    def enter(self, name: str) -> None:
        with self._lock:
            self.now[name] += 1
            self.most[name] = max(self.most[name], self.now[name])

    def leave(self, name: str) -> None:
        with self._lock:
            self.now[name] -= 1
