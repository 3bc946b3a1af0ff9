"""A headless browser, and what a person does in it."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from tests.effort import LONG

FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
SHOTS = Path("screenshots")
SHOOTING = os.environ.get("ORDERSYNC_SCREENSHOTS", "")  # "all", or how the names of the wanted pictures begin
WIDTHS = {"wide": 1280, "phone": 390}


@pytest.fixture
def browser(request: pytest.FixtureRequest) -> Iterator[Any]:
    """Yield a headless browser: ORDERSYNC_BROWSER, else one that is installed. Without any the walk is left out.

    It is started once; what a test opened in it is closed with the test.
    """
    opened = request.getfixturevalue("started")(_path(request.node.name))
    yield opened
    for context in opened.contexts:
        context.close()


def _path(walk: str) -> str:
    names = (named,) if (named := os.environ.get("ORDERSYNC_BROWSER")) else BROWSERS
    path = next((found for name in names if (found := shutil.which(name))), None)
    if path is None:
        if named:
            pytest.fail(f"ORDERSYNC_BROWSER names {named}, which is no program here")
        # Named one by one, so that the summary lists every walk that was left out.
        pytest.skip(f"{walk}: no browser on this machine; install chromium to walk it")
    return path


@pytest.fixture(scope="session")
def started() -> Iterator[Callable[[str], Any]]:
    """Starts the browser when it is first asked for."""
    from playwright.sync_api import sync_playwright

    with ExitStack() as until_the_end:

        @cache
        def start(path: str) -> Any:
            playwright = until_the_end.enter_context(sync_playwright())
            browser = playwright.chromium.launch(executable_path=path, args=FLAGS)
            until_the_end.callback(browser.close)
            return browser

        yield start


@pytest.fixture
def page(browser: Any) -> Any:
    """A page that notes console errors (`page.errors`) and requests to other hosts (`page.foreign`)."""
    opened = browser.new_page(viewport={"width": WIDTHS["wide"], "height": 900}, reduced_motion="reduce")
    opened.set_default_timeout(30_000)
    watch(opened)
    return opened


def watch(page: Any) -> None:
    page.errors, page.foreign, page.violations = [], [], []
    page.on("console", lambda message: page.errors.append(message.text) if _is_error(message) else None)
    page.on("pageerror", lambda error: page.errors.append(str(error)))

    def note(request: Any) -> None:
        if not request.url.startswith(("http://localhost", "http://127.0.0.1", "data:")):
            page.foreign.append(request.url)

    page.on("request", note)


def _is_error(message: Any) -> bool:
    """Whether it is one: a refused or missing page is an answer, and a live part may be cut off by leaving its page."""
    answered = "the server responded with a status of 4" in message.text and "/static/" not in message.location["url"]
    left = message.text.startswith(("htmx:afterRequest", "htmx:sendAbort"))
    return message.type == "error" and not answered and not left


def sign_in(page: Any, url: str, email: str, password: str) -> None:
    page.goto(url)
    page.get_by_label("E-mail address").fill(email)
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Sign in").click()
    page.get_by_role("link", name="Overview").wait_for()


def enter(page: Any, url: str, email: str) -> None:
    """Open the first page as somebody who is signed in already; how one signs in is tried once, not before each walk."""
    from django.test import Client

    from accounts.models import User

    client = Client()
    client.force_login(User.objects.get(email=email), backend="django.contrib.auth.backends.ModelBackend")
    page.context.add_cookies([{"name": "sessionid", "value": client.cookies["sessionid"].value, "url": url}])
    page.goto(url)


def follow(page: Any, link: Any) -> None:
    """Click, and wait for the page that it leads to: what is looked at next is that one, not the one left behind."""
    link.evaluate("link => { link.ownerDocument.leftBehind = true; }")
    link.click()
    page.wait_for_function("() => !document.leftBehind && document.readyState === 'complete'")


def violations(page: Any) -> list[str]:
    """Return what axe finds against WCAG 2.2 AA on the page as it is, one line each."""
    from axe_playwright_python.base import AXE_SCRIPT

    page.wait_for_load_state("load")
    # The page's own policy forbids foreign scripts; this one is put in past it, by the browser's driver.
    page.evaluate(AXE_SCRIPT)
    tags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
    # Only what is wrong crosses over: the whole answer tells of every element of the page.
    return page.evaluate(
        """async tags => {
            const found = await axe.run(document, { runOnly: tags, resultTypes: ["violations"] });
            return found.violations.flatMap(rule => rule.nodes.map(
                node => `${rule.id}: ${node.html.slice(0, 120)} ${node.failureSummary.slice(0, 200)}`));
        }""",
        tags,
    )


def sticks_out(page: Any) -> list[str]:
    """Return what makes the page wider than its window, one line each."""
    page.wait_for_load_state("load")
    return page.evaluate("""() => {
        if (document.documentElement.scrollWidth <= window.innerWidth) return [];
        const wide = [...document.body.querySelectorAll("*")].filter(
            element => element.getBoundingClientRect().right > window.innerWidth + 1);
        return ["sticks out: " + wide.slice(0, 3).map(element => element.outerHTML.slice(0, 120)).join(" | ")];
    }""")


def sent_twice(page: Any) -> list[str]:
    """Return the forms that a second click would send again, one line each."""
    return page.evaluate("""() => [...document.querySelectorAll("form[method=post]")].filter(form => {
        if (form.hasAttribute("hx-post")) return !/:drop/.test(form.getAttribute("hx-sync"));
        const send = () => form.dispatchEvent(new SubmitEvent("submit", { bubbles: true, cancelable: true }));
        return !send() || send();
    }).map(form => "a second click sends it again: " + form.outerHTML.slice(0, 120))""")


def wanted(name: str) -> bool:
    """Whether a page is to be looked at: all are, unless only some pictures are asked for."""
    return SHOOTING in {"", "all"} or name.startswith(SHOOTING)


def keep(page: Any, name: str, language: str = "en-gb") -> None:
    """Keep a picture of the whole page, to be looked at, when pictures are asked for."""
    if SHOOTING and wanted(name):
        page.screenshot(path=SHOTS / language / f"{name}.png", full_page=True)


def shoot(page: Any, name: str) -> None:
    """Note what is wrong with the page in both widths (`page.violations`); axe is asked in the other only in long runs."""
    for kind, width in WIDTHS.items():
        page.set_viewport_size({"width": width, "height": 900})
        asked = violations(page) if LONG or kind == "wide" else []
        page.violations += [f"{name} {kind}: {text}" for text in [*sticks_out(page), *asked]]
        keep(page, f"walk-{name}-{kind}")
    page.set_viewport_size({"width": WIDTHS["wide"], "height": 900})
