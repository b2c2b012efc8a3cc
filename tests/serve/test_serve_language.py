"""Both languages are complete, and readers get the one they ask for."""

from __future__ import annotations

import re

import pytest
from serve_client import Client
from serve_messages import every_message

from tracker.serve.chinese import CHINESE
from tracker.serve.language import Catalogue

PLACE = re.compile(r"%\((\w+)\)([sd])")
CJK = re.compile(r"[\u4e00-\u9fff]")


def test_every_message_has_its_chinese_and_no_chinese_is_left_over() -> None:
    messages = every_message()
    assert len(messages) > 100  # the search finds them
    assert set(CHINESE) == set(messages)


@pytest.mark.parametrize("english", sorted(CHINESE))
def test_a_translation_says_the_same_things(english: str) -> None:
    chinese = CHINESE[english]
    assert set(PLACE.findall(chinese)) == set(PLACE.findall(english))
    for plural in every_message()[english][1:]:
        assert set(PLACE.findall(plural)) == set(PLACE.findall(english))
    assert chinese.strip()
    bare = PLACE.sub("", english)
    assert CJK.search(chinese) or not re.search(r"[A-Za-z]{2}", bare), "left in English"


def test_plurals_follow_the_language() -> None:
    assert [Catalogue({}).ngettext("piece", "pieces", n) for n in (0, 1, 2)] == ["pieces", "piece", "pieces"]
    assert {Catalogue(CHINESE).ngettext("piece", "pieces", n) for n in (0, 1, 2)} == {"件"}


@pytest.mark.parametrize(
    ("query", "cookie", "accepted", "tag"),
    [
        ("", None, None, "zh-Hans"),  # the default
        ("", None, "en-GB,en;q=0.9", "en"),
        ("", None, "zh-CN,zh;q=0.9,en;q=0.8", "zh-Hans"),
        ("", None, "de,en;q=0.5,zh;q=0.4", "en"),  # the better of those we have
        ("", None, "fr-FR", "zh-Hans"),  # none of ours
        ("", None, "en;q=0", "zh-Hans"),  # refused
        ("", None, "en;q=x, , ;q=1", "zh-Hans"),  # nonsense
        ("", "en", "zh-CN", "en"),  # chosen before
        ("", "klingon", "en", "en"),
        ("?lang=zh", "en", "en", "zh-Hans"),  # chosen now
        ("?lang=klingon", None, "en", "en"),
    ],
)
def test_the_language_asked_for_is_served(
    client: Client, query: str, cookie: str | None, accepted: str | None, tag: str
) -> None:
    headers = {} if accepted is None else {"Accept-Language": accepted}
    if cookie is not None:
        headers["Cookie"] = f"lang={cookie}"
    answer = client.get(f"/{query}", headers=headers)
    assert f'<html lang="{tag}">' in answer.text


def test_a_choice_is_remembered_and_nothing_else_is(client: Client) -> None:
    chosen = client.get("/?lang=en").headers["set-cookie"]
    assert chosen.startswith("lang=en;")
    assert "HttpOnly" in chosen
    assert "SameSite=lax" in chosen
    assert "set-cookie" not in client.get("/?lang=klingon").headers
    assert "set-cookie" not in client.get("/", headers={"Cookie": "lang=en"}).headers


@pytest.mark.parametrize("path", ["/", "/privacy", "/nowhere"])
def test_chinese_pages_have_no_english_left(client: Client, path: str) -> None:
    html = client.get(f"{path}?lang=zh").text
    shown = {text.strip() for text in re.findall(r">([^<>]+)<", html)} | set(re.findall(r'aria-label="([^"]*)"', html))
    assert not shown & (set(CHINESE) - {"QC", ", "})
