"""A browser and a served console, with the database rights that the web has in production."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from django.conf import settings

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

    from web.office import Office

CHROMIUM = "/usr/bin/chromium"
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
AXE = Path(__file__).parent / "vendor" / "axe.min.js"
POLICY = "Content Security Policy"
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


@pytest.fixture(scope="module")  # ends with its file, for its loop would be in the way of tests with one of their own
def browser() -> Iterator[Browser]:
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"  # the browser's loop runs in the thread of the tests
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def rights_of_the_web() -> Iterator[None]:
    """Connections of the server's threads work as hotgate_web; the test's own one stays the owner."""
    from django.db.backends.signals import connection_created

    main = threading.current_thread()

    def take_role(connection: Any, **_: Any) -> None:
        if threading.current_thread() is not main:
            with connection.cursor() as cursor:
                cursor.execute("SET ROLE hotgate_web")

    connection_created.connect(take_role, weak=False, dispatch_uid="journeys")
    yield
    connection_created.disconnect(dispatch_uid="journeys")


@pytest.fixture
def cafe(transactional_db: None) -> Office:
    from hotgate.apps.core import partitions, scope
    from web import office

    partitions.ensure(office.now().date())
    with scope.of():
        return office.open_cafe()


@pytest.fixture
def served(live_server: Any, rights_of_the_web: None, cafe: Office) -> str:
    return str(live_server.url)


@pytest.fixture
def new_page(browser: Browser, served: str) -> Iterator[Callable[..., Page]]:
    """new_page(width=360): a fresh browser with nobody signed in. A mistake of a script fails the test."""
    contexts, mistakes = [], []

    def open_page(width: int = 1280, height: int = 800, **options: Any) -> Page:
        context = browser.new_context(base_url=served, viewport={"width": width, "height": height}, **options)
        if "locale" in options:  # staff read the operator's language, or the one that they chose
            chosen = {"name": settings.LANGUAGE_COOKIE_NAME, "value": options["locale"], "url": served}
            context.add_cookies([chosen])
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: mistakes.append(str(error)))
        page.on("console", lambda line: mistakes.append(f"{page.url}: {line.text}") if POLICY in line.text else None)
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert mistakes == []


@pytest.fixture
def signed_in(new_page: Callable[..., Page], served: str) -> Callable[..., Page]:
    """signed_in("cashier", width=360): a page of the café's cashier, on Today."""
    from django.core.cache import cache

    from web import office

    def open_page(role: str = "owner", **options: Any) -> Page:
        page = new_page(**options)
        page.goto("/accounts/login/")
        page.locator("#id_login").fill(f"{role}@aurora.example")  # by id: the labels are in many languages
        page.locator("#id_password").fill(office.PASSWORD)
        page.locator("#id_password").press("Enter")
        if role in office.SECOND_FACTOR:
            page.wait_for_url("**/2fa/authenticate/**")
            cache.clear()  # a code counts once in 30 s, and tests are faster
            page.locator("#id_code").fill(office.code_now())
            page.locator("#id_code").press("Enter")
        page.wait_for_url(f"{served}/")  # not "**/": every page's address ends so, the one of the code too
        return page

    return open_page


def findings(page: Page) -> list[str]:
    """What axe has to complain about, with the elements that it means."""
    page.evaluate(AXE.read_text())
    result = page.evaluate("tags => axe.run({runOnly: tags})", TAGS)
    return [
        f"{each['id']}: {[node['target'] for node in each['nodes']][:4]} {each['nodes'][0]['failureSummary']}"
        for each in result["violations"]
    ]


@pytest.fixture
def axe() -> Callable[[Page], list[str]]:
    return findings
