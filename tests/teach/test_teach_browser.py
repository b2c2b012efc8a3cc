"""A person labels twenty pictures in a real browser: by key, by mouse, by finger."""

from __future__ import annotations

import shutil
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from teach_things import collection_of

from tracker.serve import serve
from tracker.teach.collection import Collection, Part, State
from tracker.teach.page import label_app

playwright = pytest.importorskip("playwright.sync_api", reason="needs `pip install playwright`")

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)

pytestmark = [
    pytest.mark.socket,
    pytest.mark.timeout(120),
    pytest.mark.skipif(CHROMIUM is None, reason="needs a Chromium: `apt-get install chromium` or the like"),
]

Page = Any


@contextmanager
def served(app: FastAPI) -> Iterator[int]:
    """The port of a server that has ended afterwards."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    stop = threading.Event()
    thread = threading.Thread(target=serve, args=(app,), kwargs={"port": port, "stop": stop})
    thread.start()
    try:
        transport = httpx.HTTPTransport(retries=8)  # waits longer each time until somebody listens
        with httpx.Client(transport=transport, base_url=f"http://127.0.0.1:{port}", trust_env=False) as client:
            assert client.get("/healthz", timeout=20).status_code == 200
        yield port
    finally:
        stop.set()
        thread.join(20)
    assert not thread.is_alive()


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with playwright.sync_playwright() as driver:
        opened = driver.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield opened
        opened.close()


@pytest.fixture
def collection(tmp_path: Path) -> Collection:
    return collection_of(tmp_path, 20)


@pytest.fixture
def open_page(browser: Any, collection: Collection) -> Iterator[Callable[..., Page]]:
    """Opens the page; at the end it may have asked for nothing elsewhere and broken no policy of its own."""
    asked: list[str] = []
    complaints: list[str] = []
    with served(label_app(collection, "token")) as port:
        address = f"http://127.0.0.1:{port}/"
        contexts = []

        def opened(language: str = "en", **settings: Any) -> Page:
            contexts.append(browser.new_context(**settings))
            page = contexts[-1].new_page()
            page.on("request", lambda request: asked.append(request.url))
            page.on("console", lambda message: complaints.append(message.text))
            page.on("pageerror", lambda error: complaints.append(str(error)))
            page.goto(f"{address}token/?lang={language}")
            page.locator("g.box").first.wait_for()
            return page

        yield opened
        for context in contexts:
            context.close()
    assert [url for url in asked if not url.startswith(address)] == []
    assert [text for text in complaints if not text.startswith("Failed to load resource")] == []


def at(page: Page, x: float, y: float) -> tuple[float, float]:
    """Where a place of the picture, given as shares, is on the screen."""
    spot = page.evaluate(
        "([x, y]) => { const s = document.getElementById('picture'), v = s.viewBox.baseVal;"
        " const p = new DOMPoint(x * v.width, y * v.height).matrixTransform(s.getScreenCTM()); return [p.x, p.y]; }",
        [x, y],
    )
    return float(spot[0]), float(spot[1])


def drag(page: Page, start: tuple[float, float], end: tuple[float, float]) -> None:
    page.mouse.move(*at(page, *start))
    page.mouse.down()
    page.mouse.move(*at(page, *end), steps=4)
    page.mouse.up()


def saved(page: Page) -> None:
    page.locator('#saved[class="saved "]').wait_for()


def test_twenty_pictures_are_labelled_with_a_key_each(open_page: Callable[..., Page], collection: Collection) -> None:
    page = open_page()
    for number in range(20):
        assert page.locator("#done").text_content() == f"{number} of 20"
        page.keyboard.press("s" if number % 5 == 4 else "Enter")
    page.get_by_text("Every picture is decided").wait_for()
    assert page.locator("code").text_content() == f"tracker teach fit {collection.folder}"
    saved(page)
    kept = Collection.load(collection.folder)
    states = [kept.decision(item.name).state for item in kept.items]
    assert states.count(State.ACCEPTED) == 16
    assert states.count(State.SKIPPED) == 4
    assert len(kept.accepted(Part.KEPT)) == 4
    page.reload()
    page.get_by_text("All done").wait_for()


def test_a_box_is_moved_resized_reclassed_drawn_and_deleted_by_mouse(
    open_page: Callable[..., Page], collection: Collection
) -> None:
    page = open_page()
    page.mouse.click(*at(page, 0.35, 0.5))
    drag(page, (0.35, 0.5), (0.45, 0.5))
    drag(page, (0.6, 0.7), (0.7, 0.8))
    page.keyboard.press("2")
    drag(page, (0.05, 0.05), (0.2, 0.25))
    page.keyboard.press("Enter")
    saved(page)
    moved, drawn = Collection.load(collection.folder).decision("0001").boxes
    assert (moved.label, drawn.label) == ("bundle", "bundle")
    assert moved.xyxy == pytest.approx((0.3, 0.3, 0.7, 0.8), abs=0.01)
    assert drawn.xyxy == pytest.approx((0.05, 0.05, 0.2, 0.25), abs=0.01)
    page.keyboard.press("ArrowLeft")
    page.mouse.click(*at(page, 0.1, 0.1))
    page.keyboard.press("Delete")
    saved(page)
    assert len(Collection.load(collection.folder).decision("0001").boxes) == 1


def test_undo_takes_back_step_by_step_even_across_pictures(
    open_page: Callable[..., Page], collection: Collection
) -> None:
    page = open_page()
    drag(page, (0.6, 0.05), (0.8, 0.25))
    page.keyboard.press("Enter")
    page.keyboard.press("s")
    for _ in range(3):
        page.keyboard.press("z")
    saved(page)
    back = Collection.load(collection.folder)
    assert [back.decision(name).state for name in ("0001", "0002")] == [State.OPEN, State.OPEN]
    assert len(back.decision("0001").boxes) == 1
    assert page.locator("#undo").is_disabled()


def test_fingers_can_do_all_of_it(open_page: Callable[..., Page], collection: Collection) -> None:
    page = open_page("zh", viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True, color_scheme="dark")
    page.touchscreen.tap(*at(page, 0.35, 0.5))
    page.locator("g.box.chosen").wait_for()
    page.get_by_role("radio", name="扎").tap()
    page.get_by_role("button", name="确认").tap()
    page.get_by_role("button", name="跳过").tap()
    saved(page)
    kept = Collection.load(collection.folder)
    assert kept.decision("0001").boxes[0].label == "bundle"
    assert kept.decision("0002").state is State.SKIPPED
    assert page.evaluate("document.documentElement.scrollWidth <= 390 && document.documentElement.scrollHeight <= 844")


def test_a_person_in_a_picture_costs_one_key_and_a_yes(open_page: Callable[..., Page], collection: Collection) -> None:
    page = open_page()
    file = collection.file("0001")
    page.keyboard.press("p")
    page.keyboard.press("Escape")
    assert file.exists()
    page.keyboard.press("p")
    page.keyboard.press("Enter")
    page.get_by_text("0 of 19").wait_for()
    assert not file.exists()


def test_what_could_not_be_saved_is_said_and_saved_later(
    open_page: Callable[..., Page], collection: Collection
) -> None:
    page = open_page()
    page.route("**/pictures/0001", lambda route: route.abort())
    page.keyboard.press("Enter")
    page.get_by_text("Not saved, trying again").wait_for()
    page.unroute_all()
    saved(page)
    assert Collection.load(collection.folder).decision("0001").state is State.ACCEPTED


def test_what_is_kept_back_says_so(open_page: Callable[..., Page]) -> None:
    page = open_page()
    assert page.get_by_text("kept back", exact=True).is_hidden()
    for _ in range(3):
        page.keyboard.press("ArrowRight")
    assert page.get_by_text("kept back", exact=True).is_visible()
