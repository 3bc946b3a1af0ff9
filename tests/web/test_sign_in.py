"""Signing in: by e-mail address, with a second factor where there is one, limited, and never to elsewhere."""

from __future__ import annotations

import re
from typing import Any

import pytest
from allauth.mfa.adapter import get_adapter
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP, format_hotp_value, hotp_value, yield_hotp_counters_from_time
from django.test import Client
from django.urls import reverse

from accounts.models import User

pytestmark = pytest.mark.django_db
EMAIL, PASSWORD = "anna@shop.example", "correct-horse-9"
BACKEND = "allauth.account.auth_backends.AuthenticationBackend"


@pytest.fixture
def anna() -> User:
    return User.objects.create_user(EMAIL, PASSWORD)


def sign_in(client: Client, password: str = PASSWORD, **more: str) -> Any:
    return client.post(reverse("account_login"), {"login": EMAIL, "password": password, **more})


def signed_in(client: Client) -> bool:
    return "_auth_user_id" in client.session


def code_of(secret: str) -> str:
    return str(format_hotp_value(hotp_value(secret, next(iter(yield_hotp_counters_from_time())))))


def test_capitals_of_the_address_do_not_matter(anna: User, client: Client) -> None:
    answer = client.post(reverse("account_login"), {"login": "ANNA@shop.example", "password": PASSWORD})
    assert (answer.status_code, signed_in(client)) == (302, True)


def test_a_wrong_password_is_answered_in_place(anna: User, client: Client) -> None:
    answer = sign_in(client, "wrong")
    assert (answer.status_code, signed_in(client)) == (200, False)
    assert 'role="alert"' in answer.content.decode()


def test_guessing_ends_after_eight_tries_even_with_the_right_one(anna: User, client: Client) -> None:
    for _ in range(8):
        sign_in(client, "wrong")
    answer = sign_in(client)
    assert (answer.status_code, signed_in(client)) == (200, False)
    assert "Too many failed" in answer.content.decode()


def test_nobody_signs_up_without_an_invitation(client: Client) -> None:
    body = {"email": "eve@shop.example", "password1": PASSWORD}
    client.post(reverse("account_signup"), body)
    assert not User.objects.exists()


@pytest.mark.parametrize("to", ["https://evil.example/", "//evil.example/", "javascript:alert(1)"])
def test_the_way_back_never_leads_elsewhere(anna: User, client: Client, to: str) -> None:
    assert sign_in(client, next=to)["Location"] == reverse("web:overview")


def test_a_forgotten_password_is_replaced_by_mail(anna: User, client: Client, mailoutbox: Any) -> None:
    client.post(reverse("account_reset_password"), {"email": EMAIL})
    [mail] = mailoutbox
    path = re.search(r"https?://[^/\s]+(/me/password/reset/key/\S+)", mail.body)
    assert path is not None
    form = client.get(path[1], follow=True)
    new = "another-long-word-7"
    client.post(form.redirect_chain[-1][0], {"password1": new, "password2": new})

    assert not signed_in(Client())
    other = Client()
    sign_in(other)
    assert not signed_in(other)
    sign_in(other, new)
    assert signed_in(other)


def test_an_unknown_address_is_not_betrayed(anna: User, client: Client, mailoutbox: Any) -> None:
    known = client.post(reverse("account_reset_password"), {"email": EMAIL})
    unknown = client.post(reverse("account_reset_password"), {"email": "nobody@shop.example"})
    assert (known.status_code, known["Location"]) == (unknown.status_code, unknown["Location"])


def test_with_two_factors_the_password_is_not_enough(anna: User, client: Client) -> None:
    TOTP.activate(anna, "JBSWY3DPEHPK3PXP")
    answer = sign_in(client)
    assert (answer["Location"], signed_in(client)) == (reverse("mfa_authenticate"), False)
    client.post(reverse("mfa_authenticate"), {"code": "000000"})
    assert not signed_in(client)
    client.post(reverse("mfa_authenticate"), {"code": code_of("JBSWY3DPEHPK3PXP")})
    assert signed_in(client)


def test_a_recovery_code_works_once(anna: User) -> None:
    TOTP.activate(anna, "JBSWY3DPEHPK3PXP")
    code = RecoveryCodes.activate(anna).get_unused_codes()[0]
    done = []
    for _ in range(2):
        client = Client()
        sign_in(client)
        client.post(reverse("mfa_authenticate"), {"code": code})
        done.append(signed_in(client))
    assert done == [True, False]


def test_the_second_factor_s_secret_is_stored_encrypted(anna: User) -> None:
    TOTP.activate(anna, "JBSWY3DPEHPK3PXP")
    stored = Authenticator.objects.get().data["secret"]
    assert "JBSWY3DPEHPK3PXP" not in stored
    assert get_adapter().decrypt(stored) == "JBSWY3DPEHPK3PXP"


def test_support_staff_set_two_factors_up_before_they_see_anything(anna: User, client: Client, settings: Any) -> None:
    settings.ORDERSYNC_REQUIRE_STAFF_TWO_FACTOR = True
    User.objects.update(is_staff=True, is_superuser=True)
    client.force_login(anna, backend=BACKEND)
    url = reverse("admin:orders_order_changelist")

    assert client.get(url)["Location"] == reverse("mfa_activate_totp")
    TOTP.activate(anna, "JBSWY3DPEHPK3PXP")
    assert client.get(url).status_code == 200


def test_the_admin_has_no_door_of_its_own(client: Client) -> None:
    answer = client.post(reverse("admin:login"), {"username": EMAIL, "password": PASSWORD})
    assert answer["Location"].startswith(reverse("account_login"))


def test_every_page_of_the_account_is_shown(anna: User, client: Client) -> None:
    client.force_login(anna, backend=BACKEND)
    for name in ("account_change_password", "mfa_index", "account_logout"):
        answer = client.get(reverse(name))
        assert answer.status_code == 200
        assert "tabler.min.css" in answer.content.decode()
