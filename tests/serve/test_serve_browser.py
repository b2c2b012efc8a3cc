"""The page in a real browser: fits, stays fresh, says when it cannot, and never looks elsewhere."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from serve_client import Client, Clock
from serve_running import served
from serve_shop import LATE, NOW

from tracker.domain.orders import OrderState
from tracker.serve.pages import REFRESH_S
from tracker.store import Store

playwright = pytest.importorskip("playwright.sync_api", reason="needs `pip install playwright`")

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)

pytestmark = [
    pytest.mark.socket,
    pytest.mark.timeout(120),
    pytest.mark.skipif(CHROMIUM is None, reason="needs a Chromium: `apt-get install chromium` or the like"),
]

Page = Any
"""A page of playwright, which may be missing when this file is read."""


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with playwright.sync_playwright() as driver:
        opened = driver.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield opened
        opened.close()


@pytest.fixture
def address(client: Client) -> Iterator[str]:
    with served(client.app) as port:
        yield f"http://127.0.0.1:{port}"


@pytest.fixture
def open_page(browser: Any, address: str) -> Iterator[Callable[..., Page]]:
    """Opens a page; at the end none may have asked for anything elsewhere or broken its own policy."""
    contexts, asked, complaints = [], [], []

    def opened(path: str, **settings: Any) -> Page:
        contexts.append(browser.new_context(**settings))
        page = contexts[-1].new_page()
        page.on("request", lambda request: asked.append(request.url))
        page.on("console", lambda message: complaints.append(message.text))
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.clock.install()
        page.goto(address + path)
        return page

    yield opened
    for context in contexts:
        context.close()
    assert [url for url in asked if not url.startswith(address)] == []
    # the browser also notes each answer that is a fault, and each that a test cuts off
    assert [text for text in complaints if not text.startswith("Failed to load resource")] == []


SIZES = [(360, 640), (390, 844), (820, 1180), (1440, 900), (1920, 1080)]


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("path", ["/", "/privacy", "/nowhere"])
def test_nothing_sticks_out_on_any_screen(open_page: Callable[..., Page], path: str, language: str) -> None:
    page = open_page(f"{path}?lang={language}")
    for width, height in SIZES:
        page.set_viewport_size({"width": width, "height": height})
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        cut = page.evaluate(
            "[...document.querySelectorAll('main *')].filter(e => getComputedStyle(e).overflow === 'visible'"
            " && e.clientWidth && e.scrollWidth > e.clientWidth + 1).map(e => e.outerHTML.slice(0, 120))"
        )
        assert cut == []


def test_new_rows_appear_without_loading_anew(open_page: Callable[..., Page], store: Store, clock: Clock) -> None:
    page = open_page("/?lang=en")
    page.evaluate("window.stillTheSame = true")
    assert page.get_by_role("heading", name=LATE).is_visible()
    with store.write(NOW) as unit:
        unit.set_order_state(LATE, OrderState.CLOSED)
    clock.now = NOW + timedelta(minutes=1)
    page.clock.fast_forward(REFRESH_S * 1000)
    page.get_by_text("Now 14:33").wait_for()
    assert page.get_by_role("heading", name=LATE).count() == 0
    assert page.evaluate("window.stillTheSame")


def test_a_lost_connection_is_said_and_taken_back(open_page: Callable[..., Page]) -> None:
    page = open_page("/?lang=en")
    alarm = page.get_by_text("No connection. What you see is old.")
    assert alarm.is_hidden()
    page.route("**/*", lambda route: route.abort())
    page.clock.fast_forward(REFRESH_S * 1000)
    alarm.wait_for(state="visible")
    page.unroute_all()
    page.clock.fast_forward(REFRESH_S * 1000)
    alarm.wait_for(state="hidden")


def test_it_works_without_scripts(browser: Any, address: str) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{address}/?lang=en")
    assert page.get_by_role("heading", name=LATE).is_visible()
    page.get_by_role("link", name="中文").click()
    assert page.get_by_role("heading", name="订单", exact=True).is_visible()
    context.close()


def test_the_keyboard_reaches_the_content_first(open_page: Callable[..., Page]) -> None:
    page = open_page("/?lang=en")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Skip to content"
    assert page.get_by_text("Skip to content").bounding_box()["x"] >= 0


def test_night_and_paper_have_looks_of_their_own(open_page: Callable[..., Page]) -> None:
    page = open_page("/?lang=en")
    grounds, inks = [], []
    for media in ({"color_scheme": "light"}, {"color_scheme": "dark"}, {"color_scheme": "dark", "media": "print"}):
        page.emulate_media(**media)
        grounds.append(page.evaluate("getComputedStyle(document.body).backgroundColor"))
        inks.append(page.evaluate("getComputedStyle(document.body).color"))
    assert grounds == ["rgb(244, 243, 239)", "rgb(21, 23, 26)", "rgb(255, 255, 255)"]
    assert inks == ["rgb(29, 28, 26)", "rgb(240, 238, 233)", "rgb(29, 28, 26)"]
    assert page.get_by_role("navigation").count() == 0
