"""The pages as a person reads them."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from html import unescape
from html.parser import HTMLParser
from itertools import pairwise

import pytest
from serve_client import Client, Clock
from serve_shop import CUTTING, LATE, NOW, SEWING, SHOP, camera, estimate, order, piece, rule, unassigned

from tracker.domain.errors import StoreBusyError
from tracker.domain.estimates import LineShortfall
from tracker.domain.orders import OrderId, OrderLine
from tracker.serve.rendering import HERE
from tracker.store import CameraState, Store

EVIL = "<script>alert(1)</script>\"'&"
VOID = {"meta", "link", "path", "rect", "br"}


class Outline(HTMLParser):
    """Checks that tags close in order, and keeps what is read aloud."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag not in VOID:
            assert self.open.pop() == tag


def outline(html: str) -> Outline:
    parsed = Outline()
    parsed.feed(html)
    assert parsed.open == []
    return parsed


def text_of(html: str) -> str:
    """What is left without tags, blanks joined."""
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", html)).split())


def card_of(client: Client, order_id: str, language: str = "en") -> str:
    html = client.get(f"/?lang={language}").text
    return next(
        part for part in re.findall(r"<article.*?</article>", html, re.DOTALL) if f"<h3>{order_id}</h3>" in part
    )


def test_a_late_order_says_what_when_and_what_to_do(client: Client) -> None:
    said = text_of(card_of(client, LATE))
    for words in (
        "Late due today Thu 12 Mar PO-2401 Northwind · Basic tee · 120 pieces",
        "Most work left: Sewing, 40 to go. Add time there, or tell Northwind now.",
        "Ready to deliver 58% 52–66%",
        "Work done 68% 63–75%",
        "Finish Fri 13 Mar 13–15 Mar",
        "In time? almost certainly not 3%",
        "Cutting 120 /120 Sewing 80 /120 not seen Packing 70 /120 not seen",
    ):
        assert words in said


def test_so_does_a_short_one_without_news(client: Client) -> None:
    said = text_of(card_of(client, "PO-2402"))
    assert "No news since 10:42: the figures may be too low. Count it by hand and enter the number." in said
    assert "navy M: 4 missing" in said
    assert "Embroidery outside" in said
    assert "could go either way 55%" in said


def test_a_right_zero_is_no_red_zero(client: Client) -> None:
    card = card_of(client, "PO-2404")
    assert "Ready to deliver Sewing, none due yet" in text_of(card)
    assert not re.search(r"\b0%", text_of(card))
    assert card.count('role="img"') == 1  # no empty bar either


def test_a_done_order_needs_no_forecast(client: Client) -> None:
    said = text_of(card_of(client, "PO-2399"))
    assert "Finished Wed 11 Mar" in said
    assert "In time?" not in said
    assert "1 day left" not in said


def test_an_overdue_order_is_not_given_odds(client: Client, store: Store) -> None:
    with store.write(NOW) as unit:
        unit.revise_order(order(revision=2, promised=(NOW - timedelta(days=2)).date()))
    said = text_of(card_of(client, LATE))
    assert "2 days over" in said
    assert "The due date has passed: agree a new one with Northwind." in said
    assert "In time?" not in said


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en", "sewing: blind since 10:42 (connection lost). Range wider for PO-2401, PO-2402, PO-2403 and 2 more."),
        ("zh", "sewing：10:42 起看不见（连接中断）。 PO-2401、PO-2402、PO-2403等（另有 2 个）的范围因此变宽。"),
    ],
)
def test_a_blind_camera_is_said_loudly_in_words(client: Client, language: str, words: str) -> None:
    said = text_of(client.get(f"/?lang={language}").text)
    assert words in said


def test_a_watcher_that_died_is_noticed(client: Client, clock: Clock) -> None:
    clock.now = NOW + timedelta(minutes=30)
    assert "cutting: no pictures since 14:32." in text_of(client.get("/?lang=en").text)


def test_the_tally_comes_before_everything(client: Client) -> None:
    said = text_of(client.get("/?lang=en").text)
    assert "1 Late 1 At risk 2 On track 1 No data 1 Waiting 1 Done" in said


def test_pieces_of_nobody_are_listed(client: Client) -> None:
    said = text_of(client.get("/?lang=en").text)
    assert "Pieces that belong to no order 12 pieces Cutting 10 since 13:37 Sewing 2 since 13:51" in said


def test_a_notice_stands_on_every_page_and_only_when_given(store: Store, client_of: Callable[..., Client]) -> None:
    told = client_of(store, notice="Two days of this are <seeded>.")
    for path in ("/", "/privacy", "/nowhere"):
        assert "Two days of this are &lt;seeded&gt;." in told.get(path).text
        assert 'role="note"' not in client_of(store).get(path).text


def test_an_empty_workshop_is_told_how_to_begin(empty_store: Store, client_of: Callable[..., Client]) -> None:
    said = text_of(client_of(empty_store).get("/?lang=en").text)
    assert "No orders yet" in said
    assert "tracker orders import orders.xlsx" in said
    assert "No cameras. Orders move by what people count and enter." in said
    assert "Pieces that belong to no order" not in said


@pytest.mark.parametrize("language", ["zh", "en"])
def test_nothing_that_people_write_becomes_markup(
    empty_store: Store, client_of: Callable[..., Client], language: str
) -> None:
    with empty_store.write(NOW) as unit:
        hostile = order(
            OrderId(EVIL), customer=EVIL, style=EVIL, style_family=EVIL, lines=(OrderLine(EVIL, EVIL, 100),)
        )
        unit.add_orders([hostile])
        unit.save_estimate(estimate(OrderId(EVIL), shortfalls=(LineShortfall(0, 1, 99),)))
        unit.set_camera(camera(SEWING, EVIL, state=CameraState.BLIND))
        unit.set_camera_rules(SEWING, (rule(EVIL, "sew"),))
    client = client_of(empty_store, shop_name=EVIL, notice=EVIL)
    for path in ("/", "/privacy", "/nowhere"):
        html = client.get(f"{path}?lang={language}").text
        assert "<script>" not in html
        assert "&lt;script&gt;alert(1)&lt;/script&gt;&#34;&#39;&amp;" in html
        outline(html)


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("path", ["/", "/privacy", "/nowhere"])
def test_pages_are_well_formed_and_can_be_heard(client: Client, path: str, language: str) -> None:
    html = client.get(f"{path}?lang={language}").text
    tags = outline(html).tags
    assert [tag for tag, _ in tags].count("h1") == 1
    levels = [int(tag[1]) for tag, _ in tags if re.fullmatch(r"h\d", tag)]
    assert all(b <= a + 1 for a, b in pairwise(levels)), "a heading level is skipped"
    for tag, attributes in tags:
        if tag == "svg":
            assert attributes.get("aria-hidden") == "true" or attributes.get("aria-label")
    ids = [attributes["id"] for _, attributes in tags if "id" in attributes]
    assert len(ids) == len(set(ids))


def test_bars_are_drawn_from_the_interval_and_read_aloud(client: Client) -> None:
    bar = re.search(r'<svg class="bar late".*?</svg>', card_of(client, LATE), re.DOTALL)
    assert bar is not None
    assert 'aria-label="Ready to deliver: 58%, between 52% and 66%"' in bar[0]
    assert '<rect class="sure" width="52.0"' in bar[0]
    assert '<rect class="maybe" x="52.0" width="14.0"' in bar[0]
    assert '<path class="middle" d="M58.0 0v10"/>' in bar[0]


def test_a_page_that_did_not_change_is_not_sent_again(client: Client, clock: Clock) -> None:
    first = client.get("/")
    clock.now = NOW + timedelta(seconds=30)
    again = client.get("/", headers={"If-None-Match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    clock.now = NOW + timedelta(minutes=1)
    assert client.get("/", headers={"If-None-Match": first.headers["etag"]}).status_code == 200


def test_without_scripts_the_page_loads_itself_anew(client: Client) -> None:
    assert '<noscript><meta http-equiv="refresh" content="20"></noscript>' in client.get("/").text


@pytest.mark.parametrize(
    ("method", "path", "status", "words"),
    [
        ("GET", "/nowhere", 404, "There is no such page."),
        ("GET", "/<script>", 404, "There is no such page."),
        ("POST", "/", 405, "This cannot be answered."),
    ],
)
def test_faults_are_plain_pages(client: Client, method: str, path: str, status: int, words: str) -> None:
    answer = client.ask(method, path, headers={"Accept-Language": "en"})
    assert answer.status_code == status
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert words in text_of(answer.text)
    assert SHOP in answer.text


def test_a_database_that_does_not_answer_is_told_so(
    store: Store, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse() -> None:
        raise StoreBusyError("the database is locked", got="/secret/path/shop.db")

    monkeypatch.setattr(store, "read", refuse)
    answer = client.get("/", headers={"Accept-Language": "en"})
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "5")
    assert "The database does not answer." in text_of(answer.text)
    assert "secret" not in answer.text


def test_the_workers_notice_says_why_each_camera_hangs_there(client: Client) -> None:
    said = text_of(client.get("/privacy?lang=en").text)
    for words in (
        "Fairloom counts garments, not people. You need no login to read this page.",
        "counts sewn pieces at the hand-over tray Counts at: Sewing",
        "sewing blind since 10:42 (connection lost)",
        "a step of 10 per cent",
        "once in 60 minutes at most",
        "When two or three people make an order, its daily total says something about how fast they are",
        f"The owner or manager of {SHOP} answers for this installation.",
    ):
        assert words in said


def test_templates_hold_no_words_of_their_own() -> None:
    """Every word that a reader sees is a message; only the product, its commands and attributes in blocks are not."""
    allowed = {"Fairloom", "tracker", "orders", "template", "import", "xlsx"}
    allowed |= {"narrow", "board", "data", "live", "refresh"}
    for path in (HERE / "templates").glob("*.html"):
        bare = re.sub(r"{#.*?#}|{%.*?%}|{{.*?}}|<[^>]*>", " ", path.read_text(encoding="utf-8"), flags=re.DOTALL)
        assert set(re.findall(r"[A-Za-z]{2,}", bare)) <= allowed, path.name


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_way_to_chinese_is_also_written_in_english(client: Client, language: str) -> None:
    """A machine without a Chinese font shows boxes."""
    assert "中文 (Chinese)" in text_of(client.get(f"/?lang={language}").text)


def test_pieces_that_came_back_are_said_in_words(client: Client, store: Store) -> None:
    with store.write(NOW) as unit:
        back = replace(piece(0, "sew", -5), decided_at=NOW)
        unit.record(CUTTING, events=unassigned([back]), stock=(), gaps=(), watermark=NOW)
    assert "3 came back" in text_of(client.get("/?lang=en").text)
    assert "退回 3 件" in text_of(client.get("/?lang=zh").text)
