"""A process of its own beside the tests: `python -m tests.engine.worker`.

It is told a job with its arguments, as a line of JSON, says a line when it has come somewhere, goes on when it is told
another line, and says `over` in the end.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import requests

from adapterkit.auth import Account, ClientCredentials, NoSecretStore, TokenAnswer, TokenCall
from adapterkit.errors import RateLimited
from adapterkit.redaction import Redactor
from adapterkit.spec import RateLimit
from adapterkit.transport import Answer
from engine.pacing import AccountPacer
from engine.tokens import SharedTokens


def say(word: str) -> None:
    print(word, flush=True)


def wait_until_told() -> None:
    if not sys.stdin.readline():
        sys.exit("Nobody is there any more")


def take_calls(lane: str, limit: dict[str, float], now: float, most: int) -> None:
    """Say how many calls the account's pace lets through before it refuses one."""
    pacer = AccountPacer(lane, {"lists": RateLimit(**limit)}, wait=lambda _: None, clock=lambda: now)  # type: ignore[arg-type]
    say("ready")
    wait_until_told()
    for number in range(most):
        try:
            pacer.acquire("lists")
        except RateLimited:
            say(str(number))
            return
    say(str(most))


def sign(client: str) -> None:
    """Say which token a request is signed with; ask for one only when told to."""

    class Gated(SharedTokens):
        @contextmanager
        def lock(self, key: str) -> Iterator[bool]:
            say("without a token")
            wait_until_told()
            with super().lock(key) as mine:
                yield mine

    def ask(call: TokenCall) -> TokenAnswer:
        say("asks")
        wait_until_told()
        return Answer(status=200, headers={}, body={"access_token": f"token-{client}", "expires_in": 3600}, at=None)

    account = Account(
        base_url="https://depot.test",
        fields={"client_id": "shared", "client_secret": "s3cret"},
        tokens=Gated(),
        secrets=NoSecretStore(),
        send=ask,
        redactor=Redactor(()),
    )
    signer = ClientCredentials(token_url="https://depot.test/token").signer(account)
    request = requests.Request("GET", "https://depot.test/parcels").prepare()
    signer.sign(request, "")
    say(str(request.headers["Authorization"]))


def main() -> None:
    jobs = {"take_calls": take_calls, "sign": sign}
    for line in sys.stdin:
        job, arguments = json.loads(line)
        jobs[job](**arguments)
        say("over")


if __name__ == "__main__":
    main()
