"""Signing in: what a person goes through, what a guesser meets, and what support staff cannot do without."""

from __future__ import annotations

import re
import time
from typing import Any

import pytest
import time_machine
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from django.core import mail
from django.core.management import call_command
from django.test import Client
from django.urls import reverse

from accounts.flows.invite_member import invite_member
from accounts.models import AuditEntry, Company, Membership, User

pytestmark = [pytest.mark.django_db, pytest.mark.either]
EMAIL, PASSWORD, NEW = "anna@shop.example", "correct-horse-9", "battery-staple-8"
SIGN_IN = "/sign-in"


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """What waits for the end of a transaction happens at once; a test's own never ends."""
    monkeypatch.setattr("django.db.transaction.on_commit", lambda act, *_, **__: act())


@pytest.fixture
def anna() -> User:
    user = User.objects.create_user(EMAIL, PASSWORD, name="Anna")
    Membership.objects.create(user=user, company=Company.objects.create(name="Mugs & Co"), role="owner")
    return user


@pytest.fixture
def agent(settings: Any) -> User:
    """One of the support staff, where these need a second factor."""
    settings.ORDERSYNC_REQUIRE_STAFF_TWO_FACTOR = True
    return User.objects.create_superuser("agent@ordersync.example", PASSWORD)


def signed_in(client: Client) -> bool:
    return "_auth_user_id" in client.session


def sign_in(client: Client, email: str = EMAIL, password: str = PASSWORD, **more: str) -> Any:
    return client.post(SIGN_IN, {"login": email, "password": password, **more})


def code_of(secret: str, steps: int = 0) -> str:
    """What an authenticator app shows; `steps` half minutes from now."""
    return format_hotp_value(hotp_value(secret, int(time.time()) // 30 + steps))


def set_up_app(client: Client) -> str:
    """Turn the second factor on as the pages say; return the secret that the app holds."""
    page = client.get(reverse("mfa_activate_totp"))
    assert page.status_code == 200
    secret: str = page.context["form"].secret
    answer = client.post(reverse("mfa_activate_totp"), {"code": code_of(secret)})
    assert (answer.status_code, answer["Location"]) == (302, reverse("mfa_view_recovery_codes"))
    return secret


def errors(answer: Any) -> list[str]:
    return [str(error) for found in answer.context["form"].errors.values() for error in found]


class TestPassword:
    def test_the_right_one_opens_the_overview(self, anna: User, client: Client) -> None:
        answer = sign_in(client)

        assert (answer.status_code, answer["Location"]) == (302, "/")
        assert client.get("/").status_code == 200

    def test_capitals_in_the_address_do_not_matter(self, anna: User, client: Client) -> None:
        assert sign_in(client, "Anna@Shop.Example").status_code == 302
        assert signed_in(client)

    @pytest.mark.parametrize(("email", "password"), [(EMAIL, "wrong"), ("nobody@shop.example", PASSWORD)])
    def test_a_wrong_one_and_an_unknown_address_are_told_alike(
        self, anna: User, client: Client, email: str, password: str
    ) -> None:
        answer = sign_in(client, email, password)

        assert errors(answer) == [
            "This e-mail address and password do not belong together. Capitals matter in the password."
        ]
        assert not signed_in(client)

    def test_somebody_switched_off_stays_out(self, anna: User, client: Client) -> None:
        User.objects.update(is_active=False)

        assert len(errors(sign_in(client))) == 1
        assert not signed_in(client)

    def test_eight_wrong_ones_close_the_address_for_a_quarter_of_an_hour(self, anna: User, client: Client) -> None:
        with time_machine.travel("2026-11-20T09:00:00Z", tick=False) as clock:
            for _ in range(8):
                sign_in(client, password="wrong")
                clock.shift(7)  # slowly enough for the limit of the computer's own address
            assert errors(sign_in(client)) == [
                "That was wrong too often. Wait a quarter of an hour, or choose a new password by mail."
            ]
            assert not signed_in(client)

            clock.shift(15 * 60)
            sign_in(client)
            assert signed_in(client)

    def test_wrong_ones_for_one_address_do_not_close_another(self, anna: User, client: Client) -> None:
        for _ in range(8):
            sign_in(client, "other@shop.example", "wrong")

        sign_in(client)
        assert signed_in(client)

    def test_many_addresses_from_one_computer_are_stopped(self, anna: User, client: Client) -> None:
        for number in range(20):
            sign_in(client, f"guess{number}@shop.example", "wrong")

        assert errors(sign_in(client)) == [
            "That was wrong too often. Wait a quarter of an hour, or choose a new password by mail."
        ]
        assert Client(REMOTE_ADDR="10.0.0.9").post(SIGN_IN, {"login": EMAIL, "password": PASSWORD}).status_code == 302

    def test_more_than_thirty_a_minute_are_not_even_looked_at(self, anna: User, client: Client) -> None:
        for _ in range(30):
            client.post(SIGN_IN, {})

        answer = sign_in(client)
        assert answer.status_code == 429
        assert "That was too often in a short time." in answer.content.decode()


class TestSession:
    def test_has_a_new_key_after_the_sign_in(self, anna: User, client: Client) -> None:
        client.get(reverse("account_reset_password_from_key", args=["1", "x"]))
        session = client.session
        session["before"] = "kept"
        session.save()
        client.cookies["sessionid"] = before = session.session_key or ""

        sign_in(client)

        assert signed_in(client)
        assert client.session.session_key != before
        assert not Client(HTTP_COOKIE=f"sessionid={before}").session.get("_auth_user_id")

    def test_ends_with_the_browser_and_after_half_a_day(self, anna: User, client: Client) -> None:
        cookie = sign_in(client).cookies["sessionid"]

        assert (cookie["max-age"], cookie["expires"]) == ("", "")
        assert (cookie["httponly"], cookie["samesite"]) == (True, "Lax")
        assert client.session.get_expiry_age() == 12 * 3600

    def test_lasts_two_weeks_when_asked_to(self, anna: User, client: Client) -> None:
        cookie = sign_in(client, remember="on").cookies["sessionid"]

        assert cookie["max-age"] == 14 * 24 * 3600

    def test_of_other_devices_ends_when_the_password_changes(self, anna: User, client: Client) -> None:
        other = Client()
        sign_in(client)
        sign_in(other)

        client.post(reverse("account_change_password"), {"oldpassword": PASSWORD, "password1": NEW, "password2": NEW})

        assert [client.get("/").status_code, other.get("/").status_code] == [200, 302]
        (told,) = mail.outbox
        assert (told.to, told.subject) == ([EMAIL], "OrderSync: Your password was changed")

    def test_ends_with_the_sign_out_which_a_link_alone_does_not_do(self, anna: User, client: Client) -> None:
        sign_in(client)
        assert client.get("/sign-out").status_code == 200
        assert signed_in(client)

        assert client.post("/sign-out")["Location"] == SIGN_IN
        assert not signed_in(client)


class TestNext:
    def test_leads_on_within_the_product(self, anna: User, client: Client) -> None:
        assert sign_in(client, next="/orders?q=1")["Location"] == "/orders?q=1"

    @pytest.mark.parametrize(
        "target",
        ["https://evil.example/", "//evil.example", "/\\evil.example", "javascript:alert(1)", "https:evil.example"],
    )
    def test_never_leads_elsewhere(self, anna: User, client: Client, target: str) -> None:
        assert sign_in(client, next=target)["Location"] == "/"
        assert client.get(SIGN_IN, {"next": target})["Location"] == "/"
        assert client.post("/sign-out", {"next": target})["Location"] == SIGN_IN


class TestForgottenPassword:
    def ask(self, client: Client, email: str = EMAIL) -> str:
        """Ask for a link and return its path, empty when none was sent."""
        answer = client.post(reverse("account_reset_password"), {"email": email})
        assert (answer.status_code, answer["Location"]) == (302, reverse("account_reset_password_done"))
        found = re.search(r"http://testserver(\S+)", mail.outbox[-1].body) if mail.outbox else None
        return found[1] if found else ""

    def test_is_replaced_through_a_link_that_works_once(self, anna: User, client: Client) -> None:
        link = self.ask(client)
        (sent,) = mail.outbox
        assert (sent.to, sent.subject) == ([EMAIL], "OrderSync: A new password")
        form = client.get(link, follow=True)
        address = form.redirect_chain[-1][0]
        assert link not in address, "the key is not left in the address bar"

        refused = client.post(address, {"password1": "12345678", "password2": "12345678"})
        assert "This password is too common." in errors(refused)
        changed = client.post(address, {"password1": NEW, "password2": NEW})

        assert changed["Location"] == reverse("account_reset_password_from_key_done")
        assert not signed_in(client)
        assert len(errors(sign_in(client, password=PASSWORD))) == 1
        assert "This link works no longer" in Client().get(link).content.decode()
        assert sign_in(client, password=NEW).status_code == 302

    def test_a_link_is_too_old_after_a_day(self, anna: User, client: Client) -> None:
        with time_machine.travel("2026-11-20T09:00:00Z", tick=False) as clock:
            link = self.ask(client)
            clock.shift(24 * 3600 + 1)
            assert "This link works no longer" in client.get(link).content.decode()

    def test_an_unknown_address_is_answered_alike_and_gets_no_mail(self, anna: User, client: Client) -> None:
        assert self.ask(client, "nobody@shop.example") == ""
        assert mail.outbox == []

    def test_does_not_go_around_the_second_factor(self, anna: User, client: Client) -> None:
        sign_in(client)
        set_up_app(client)
        other = Client()
        address = other.get(self.ask(other), follow=True).redirect_chain[-1][0]
        other.post(address, {"password1": NEW, "password2": NEW})

        assert sign_in(other, password=NEW)["Location"] == reverse("mfa_authenticate")
        assert not signed_in(other)

    def test_is_asked_for_five_times_a_minute_at_most(self, anna: User, client: Client) -> None:
        for _ in range(5):
            self.ask(client)

        assert client.post(reverse("account_reset_password"), {"email": EMAIL}).status_code == 429
        assert len(mail.outbox) == 5

    def test_opens_an_address_that_was_closed(self, anna: User, client: Client) -> None:
        for _ in range(8):
            sign_in(client, password="wrong")
        address = client.get(self.ask(client), follow=True).redirect_chain[-1][0]
        client.post(address, {"password1": NEW, "password2": NEW})

        sign_in(client, password=NEW)
        assert signed_in(client)

    def test_a_mail_server_that_is_away_tells_nobody_whose_address_is_known(
        self, anna: User, client: Client, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def refuse(*_: object) -> None:
            raise ConnectionRefusedError

        monkeypatch.setattr("django.core.mail.EmailMessage.send", refuse)

        assert self.ask(client) == self.ask(client, "nobody@shop.example") == ""


class TestSecondFactor:
    @pytest.fixture
    def app(self, anna: User, client: Client) -> str:
        """Anna has an app, and is signed out; the secret that it holds."""
        sign_in(client)
        secret = set_up_app(client)
        client.post("/sign-out")
        mail.outbox.clear()
        return secret

    def test_is_set_up_with_a_picture_and_gives_ten_recovery_codes(self, anna: User, client: Client) -> None:
        sign_in(client)
        page = client.get(reverse("mfa_activate_totp"))
        assert 'src="data:image/svg+xml;base64,' in page.content.decode()

        set_up_app(client)

        codes = client.get(reverse("mfa_view_recovery_codes")).context["unused_codes"]
        assert [len(code) for code in codes] == [8] * 10
        assert client.get(reverse("mfa_download_recovery_codes")).content.decode().split()[-10:] == codes
        assert [(sent.to, sent.subject) for sent in mail.outbox] == [([EMAIL], "OrderSync: Your second factor is on")]

    def test_a_wrong_first_code_turns_nothing_on(self, anna: User, client: Client) -> None:
        sign_in(client)
        client.get(reverse("mfa_activate_totp"))

        answer = client.post(reverse("mfa_activate_totp"), {"code": "000000"})

        assert len(errors(answer)) == 1
        assert not Authenticator.objects.exists()

    def test_its_secrets_are_encrypted_and_follow_a_new_key(self, app: str, settings: Any) -> None:
        stored = str(list(Authenticator.objects.values_list("data", flat=True)))
        assert app not in stored

        old, new = settings.ORDERSYNC_ENCRYPTION_KEYS[0], "bmV3IGtleSBmb3IgdGhlIHRlc3RzLCAzMiBieXRlcyE="
        settings.ORDERSYNC_ENCRYPTION_KEYS = [new, old]
        call_command("rotate_credentials", verbosity=0)
        settings.ORDERSYNC_ENCRYPTION_KEYS = [new]

        client = Client()
        sign_in(client)
        client.post(reverse("mfa_authenticate"), {"code": code_of(app)})
        assert signed_in(client)

    def test_is_asked_for_after_the_password(self, app: str, client: Client) -> None:
        answer = sign_in(client, next="/orders")
        assert answer["Location"] == reverse("mfa_authenticate")
        assert not signed_in(client)
        assert client.get("/")["Location"].startswith(SIGN_IN)

        answer = client.post(reverse("mfa_authenticate"), {"code": code_of(app)})

        assert answer["Location"] == "/orders"
        assert signed_in(client)

    @pytest.mark.parametrize("steps", [-3, 3])
    def test_an_old_or_early_code_is_refused(self, app: str, client: Client, steps: int) -> None:
        sign_in(client)

        assert errors(client.post(reverse("mfa_authenticate"), {"code": code_of(app, steps)})) == [
            "This code is not right. It changes every half minute; take the one that is shown now."
        ]
        assert not signed_in(client)

    def test_a_code_is_taken_once(self, app: str, client: Client) -> None:
        with time_machine.travel("2026-11-20T09:00:10Z", tick=False) as clock:
            other, code = Client(), code_of(app)
            for browser in (client, other):
                sign_in(browser)
            client.post(reverse("mfa_authenticate"), {"code": code})
            clock.shift(25)  # in the next half minute, when it would still be taken
            other.post(reverse("mfa_authenticate"), {"code": code})

            assert (signed_in(client), signed_in(other)) == (True, False)

    def test_eight_wrong_codes_close_it(self, app: str, client: Client) -> None:
        sign_in(client)
        for _ in range(8):
            client.post(reverse("mfa_authenticate"), {"code": "000000"})

        assert errors(client.post(reverse("mfa_authenticate"), {"code": code_of(app)})) == [
            "That was wrong too often. Wait a quarter of an hour, or choose a new password by mail."
        ]
        assert not signed_in(client)

    def test_a_recovery_code_signs_in_once(self, app: str, anna: User, client: Client) -> None:
        codes = Authenticator.objects.get(user=anna, type="recovery_codes").wrap().get_unused_codes()
        for browser in (client, Client()):
            sign_in(browser)
            browser.post(reverse("mfa_authenticate"), {"code": codes[0]})
            assert signed_in(browser) == (browser is client)

        left = Authenticator.objects.get(user=anna, type="recovery_codes").wrap().get_unused_codes()
        assert left == codes[1:]

    def test_is_turned_off_only_after_being_asked_again(self, app: str, anna: User, client: Client) -> None:
        with time_machine.travel("2026-11-20T09:00:10Z", tick=False) as clock:
            sign_in(client)
            client.post(reverse("mfa_authenticate"), {"code": code_of(app)})
            clock.shift(301)
            answer = client.post(reverse("mfa_deactivate_totp"))
            assert answer["Location"].startswith(reverse("account_reauthenticate"))
            assert Authenticator.objects.filter(user=anna).count() == 2

            client.post(reverse("account_reauthenticate"), {"password": PASSWORD})
            client.post(reverse("mfa_deactivate_totp"))

        assert not Authenticator.objects.filter(user=anna).exists()

    def test_support_removes_it_for_somebody_who_lost_it(self, app: str, anna: User) -> None:
        staff = User.objects.create_superuser("agent@ordersync.example", PASSWORD)
        support = Client()
        support.force_login(staff)
        for _ in range(2):
            support.post(
                reverse("admin:accounts_user_changelist"),
                {"action": "remove_second_factors", "_selected_action": [anna.pk]},
            )

        assert not Authenticator.objects.exists()
        entry = AuditEntry.objects.get()
        assert (entry.action, entry.subject, entry.actor) == ("second_factor_removed", f"member:{EMAIL}", staff)
        assert [sent.subject for sent in mail.outbox] == ["OrderSync: Your second factor is off"]

    def test_only_a_superuser_removes_that_of_a_superuser(self, anna: User, client: Client) -> None:
        from django.contrib.auth.models import Permission

        root = User.objects.create_superuser("root@ordersync.example", PASSWORD)
        Authenticator.objects.create(user=root, type="totp", data={})
        User.objects.filter(pk=anna.pk).update(is_staff=True)
        anna.user_permissions.add(*Permission.objects.filter(content_type__model="user"))
        client.force_login(User.objects.get(pk=anna.pk))

        client.post(
            reverse("admin:accounts_user_changelist"),
            {"action": "remove_second_factors", "_selected_action": [root.pk]},
        )

        assert Authenticator.objects.filter(user=root).count() == 1


class TestStaff:
    def test_sign_in_at_the_same_page(self, agent: User, client: Client) -> None:
        answer = client.get("/admin/orders/order/", follow=True)

        assert answer.redirect_chain[-1][0].startswith(f"{SIGN_IN}?next=")
        assert answer.templates[0].name == "account/login.html"
        assert client.post("/admin/login/", {"username": agent.email, "password": PASSWORD}).status_code == 302
        assert not signed_in(client)

    def test_without_a_second_factor_set_one_up_before_anything_else(self, agent: User, client: Client) -> None:
        assert sign_in(client, agent.email)["Location"] == "/admin/"
        for url in ("/admin/", "/admin/accounts/user/", "/admin/password_change/"):
            assert client.get(url)["Location"] in {reverse("mfa_activate_totp"), reverse("account_change_password")}
        changed = client.post("/admin/accounts/company/add/", {"name": "Made without"})
        assert changed["Location"] == reverse("mfa_activate_totp")
        assert not Company.objects.exists()

        set_up_app(client)

        assert client.get("/admin/").status_code == 200

    def test_with_one_go_straight_in(self, agent: User, client: Client) -> None:
        sign_in(client, agent.email)
        secret = set_up_app(client)
        client.post("/sign-out")

        sign_in(client, agent.email, next="/admin/accounts/user/")
        answer = client.post(reverse("mfa_authenticate"), {"code": code_of(secret)})

        assert answer["Location"] == "/admin/accounts/user/"
        assert client.get("/admin/accounts/user/").status_code == 200

    def test_a_session_from_before_it_was_set_up_has_to_show_it(self, agent: User, client: Client) -> None:
        earlier = Client()
        sign_in(earlier, agent.email)
        sign_in(client, agent.email)
        secret = set_up_app(client)

        answer = earlier.get("/admin/accounts/user/?q=a")
        assert answer["Location"] == f"{reverse('mfa_reauthenticate')}?next=%2Fadmin%2Faccounts%2Fuser%2F%3Fq%3Da"
        answer = earlier.post(answer["Location"], {"code": code_of(secret), "next": "/admin/accounts/user/?q=a"})

        assert answer["Location"] == "/admin/accounts/user/?q=a"
        assert earlier.get(answer["Location"]).status_code == 200

    def test_are_led_back_to_the_set_up_once_it_is_off(self, agent: User, client: Client) -> None:
        sign_in(client, agent.email)
        set_up_app(client)
        client.post(reverse("mfa_deactivate_totp"))

        assert client.get("/admin/")["Location"] == reverse("mfa_activate_totp")

    def test_need_none_where_the_setting_says_so(self, agent: User, client: Client, settings: Any) -> None:
        settings.ORDERSYNC_REQUIRE_STAFF_TWO_FACTOR = False
        sign_in(client, agent.email)

        assert client.get("/admin/").status_code == 200

    def test_the_merchants_pages_ask_nothing_of_merchants(self, agent: User, anna: User, client: Client) -> None:
        sign_in(client)

        assert client.get("/").status_code == 200
        assert not Authenticator.objects.exists()

    def test_do_not_see_the_secrets_of_second_factors(self, agent: User, client: Client) -> None:
        sign_in(client, agent.email)
        set_up_app(client)

        page = client.get("/admin/").content.decode()
        assert "/admin/mfa/" not in page
        assert client.get("/admin/mfa/authenticator/").status_code == 404


class TestSignUp:
    FILLED = {"email": "new@shop.example", "password1": NEW}  # noqa: RUF012

    def test_is_by_invitation(self, client: Client) -> None:
        for answer in (client.get("/sign-up"), client.post("/sign-up", self.FILLED)):
            assert "Accounts are made by invitation here." in answer.content.decode()
        assert not User.objects.exists()
        assert "/sign-up" not in client.get(SIGN_IN).content.decode()

    def test_an_invited_person_makes_an_account_whose_address_is_proven(self, anna: User, client: Client) -> None:
        from django.utils import timezone

        company = Company.objects.get()
        token = invite_member(company=company, email="New@shop.example", role="viewer", now=timezone.now(), by=anna)
        answer = client.post(reverse("web:join", args=[token]), {"name": "New", "password": NEW})

        assert (answer.status_code, signed_in(client)) == (302, True)
        address = EmailAddress.objects.get(user__email__iexact="new@shop.example")
        assert (address.email, address.primary, address.verified) == ("new@shop.example", True, True)

    def test_where_it_is_open_the_address_is_confirmed_first(self, client: Client, settings: Any) -> None:
        settings.ORDERSYNC_OPEN_SIGN_UP = True
        assert "/sign-up" in client.get(SIGN_IN).content.decode()

        answer = client.post("/sign-up", self.FILLED)
        assert answer["Location"] == reverse("account_email_verification_sent")
        assert not signed_in(client)
        sign_in(client, "new@shop.example", NEW)
        assert not signed_in(client)

        (sent,) = mail.outbox
        found = re.search(r"http://testserver(\S+)", sent.body)
        assert found is not None
        assert "new@shop.example" in client.get(found[1]).content.decode()
        client.post(found[1])
        sign_in(client, "new@shop.example", NEW)
        assert signed_in(client)


class TestAddress:
    def test_changes_once_the_new_one_is_confirmed(self, anna: User, client: Client) -> None:
        sign_in(client)
        client.post(reverse("account_email"), {"email": "anna@new.example", "action_add": "1"})
        assert User.objects.get().email == EMAIL
        (sent,) = mail.outbox
        assert (sent.to, sent.subject) == (["anna@new.example"], "OrderSync: Confirm your address")
        assert "anna@new.example is not confirmed yet." in client.get(reverse("account_email")).content.decode()

        found = re.search(r"http://testserver(\S+)", sent.body)
        assert found is not None
        client.post(found[1])

        assert User.objects.get().email == "anna@new.example"
        assert [told.to for told in mail.outbox[1:]] == [[EMAIL]]
        client.post("/sign-out")
        sign_in(client, "anna@new.example")
        assert signed_in(client)

    def test_of_somebody_else_is_not_taken_over(self, anna: User, client: Client) -> None:
        User.objects.create_user("taken@shop.example", PASSWORD)
        sign_in(client)

        client.post(reverse("account_email"), {"email": "Taken@shop.example", "action_add": "1"})
        for sent in mail.outbox:
            for path in re.findall(r"http://testserver(\S+)", sent.body):
                client.post(path)

        assert User.objects.get(pk=anna.pk).email == EMAIL
        assert User.objects.filter(email="taken@shop.example").count() == 1

    def test_needs_the_password_when_the_sign_in_is_long_ago(self, anna: User, client: Client) -> None:
        with time_machine.travel("2026-11-20T09:00:00Z", tick=False) as clock:
            sign_in(client)
            clock.shift(301)
            answer = client.post(reverse("account_email"), {"email": "anna@new.example", "action_add": "1"})

        assert answer["Location"].startswith(reverse("account_reauthenticate"))
        assert mail.outbox == []
