"""A secret that the remote side replaces while it is used: its successor is stored, whoever called and whatever came."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from uuid import uuid4

import pytest
from django.core.cache import cache
from django.db import OperationalError, connection

from accounts.credentials import reveal
from accounts.models import Company
from adapterkit.errors import AuthenticationFailed
from adapterkit.simulator import Request, Response, route
from connections.adapters import mounted, open_account
from connections.flows.connect_account import connect_account
from connections.models import MarketplaceAccount
from marketplaces.amazon.simulator import AmazonSimulator
from tests.clock import Clock

AMAZON = "https://amazon.test"


class Rotating(AmazonSimulator):
    """An Amazon that takes each refresh token once."""

    @route("POST", "/auth/o2/token")
    def issue_token(self, request: Request) -> Response:
        answer = super().issue_token(request)
        if answer.status == 200:
            self.refresh_token = answer.body["refresh_token"] = f"Atzr|{uuid4().hex}"
        return answer

    @property
    def asked(self) -> int:
        return len(self.requests_to("POST", "/auth/o2/token"))


@pytest.fixture
def amazon(clock: Clock) -> Iterator[Rotating]:
    side = Rotating()
    with mounted({AMAZON: side.mount()}):
        yield side


def connect(amazon: Rotating, clock: Clock, account: MarketplaceAccount | None = None, token: str = "") -> None:
    connect_account(
        company=account.company if account else Company.objects.create(name="Mugs & Co"),
        marketplace="amazon",
        name="Amazon",
        settings={
            "stores": "NL",
            "seller_id": "A1DEMOSELLER",
            "client_id": amazon.client[0],
            "base_url": AMAZON,
            "token_url": f"{AMAZON}/auth/o2/token",
        },
        credentials={"client_secret": amazon.client[1], "refresh_token": token},
        account=account,
        now=clock(),
        by=None,
    )


def stored() -> str:
    return MarketplaceAccount.objects.get().credentials["refresh_token"]


def in_a_thread(work: threading.Thread) -> None:
    work.start()
    work.join()


@pytest.mark.django_db
def test_an_account_is_stored_with_what_replaced_the_token_that_was_typed(amazon: Rotating, clock: Clock) -> None:
    typed = amazon.refresh_token
    connect(amazon, clock, token=typed)

    assert stored() == amazon.refresh_token != typed
    with connection.cursor() as cursor:
        cursor.execute("SELECT credentials FROM connections_marketplaceaccount")
        [column] = cursor.fetchone()
    assert amazon.refresh_token not in column
    assert amazon.refresh_token in reveal(column)


@pytest.mark.django_db
def test_a_change_that_uses_the_stored_token_keeps_its_successor(amazon: Rotating, clock: Clock) -> None:
    connect(amazon, clock, token=amazon.refresh_token)
    clock.forward(hours=2)

    connect(amazon, clock, MarketplaceAccount.objects.get())

    assert (stored(), amazon.asked) == (amazon.refresh_token, 2)


@pytest.mark.django_db
def test_a_try_that_is_refused_after_the_token_was_replaced_loses_nothing(amazon: Rotating, clock: Clock) -> None:
    connect(amazon, clock, token=amazon.refresh_token)
    clock.forward(hours=2)
    denial = {"errors": [{"code": "Unauthorized", "message": "Access to requested resource is denied."}]}
    amazon.fail_next(status=403, body=denial, path="/orders/", times=5)

    with pytest.raises(AuthenticationFailed):
        connect(amazon, clock, MarketplaceAccount.objects.get())

    assert stored() == amazon.refresh_token


@pytest.mark.django_db
def test_a_worker_that_read_the_account_before_takes_up_the_newer_token(amazon: Rotating, clock: Clock) -> None:
    connect(amazon, clock, token=amazon.refresh_token)
    early, late = MarketplaceAccount.objects.get(), MarketplaceAccount.objects.get()
    clock.forward(hours=2)
    open_account(late).verify_credentials()
    cache.clear()

    open_account(early).verify_credentials()

    assert stored() == amazon.refresh_token == early.credentials["refresh_token"]
    assert (early.credentials_version, late.credentials_version) == (1, 1)


@pytest.mark.django_db
def test_what_was_entered_meanwhile_is_not_overwritten(amazon: Rotating, clock: Clock) -> None:
    connect(amazon, clock, token=amazon.refresh_token)
    account = MarketplaceAccount.objects.get()
    clock.forward(hours=2)
    MarketplaceAccount.objects.update(credentials={**account.credentials, "refresh_token": "Atzr|entered-anew"})

    open_account(account).verify_credentials()

    assert stored() == "Atzr|entered-anew"


@pytest.mark.django_db
def test_where_the_database_is_away_the_next_worker_stores_it(
    amazon: Rotating, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*_: object) -> None:
        raise OperationalError

    connect(amazon, clock, token=amazon.refresh_token)
    before = stored()
    clock.forward(hours=2)
    with monkeypatch.context() as patched:
        patched.setattr("connections.secrets.StoredSecrets._store", away)
        open_account(MarketplaceAccount.objects.get()).verify_credentials()
    assert stored() == before != amazon.refresh_token

    open_account(MarketplaceAccount.objects.get()).verify_credentials()

    assert stored() == amazon.refresh_token


@pytest.mark.django_db(transaction=True)
def test_a_thread_stores_it_and_gives_its_connection_back(amazon: Rotating, clock: Clock) -> None:
    connect(amazon, clock, token=amazon.refresh_token)
    adapter = open_account(MarketplaceAccount.objects.get())
    clock.forward(hours=2)
    left: list[object] = []

    def call() -> None:
        adapter.verify_credentials()
        left.append(connection.connection)

    in_a_thread(threading.Thread(target=call))

    assert (stored(), left) == (amazon.refresh_token, [None])
