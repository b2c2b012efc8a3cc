"""Every text can be read on its ground, by day and by night (WCAG 2.2, contrast of at least 4.5)."""

from __future__ import annotations

import re

import pytest

from tracker.serve.rendering import HERE

CSS = (HERE / "static" / "page.css").read_text(encoding="utf-8")
TOKEN = re.compile(r"--([\w-]+):\s*(#[0-9a-f]{3,6})\b")

LIGHT, DARK = (dict(TOKEN.findall(block)) for block in re.findall(r":root \{(.*?)\}", CSS, re.DOTALL)[:2])

TEXTS = [
    ("ink", "paper"),
    ("ink", "card"),
    ("soft", "paper"),
    ("soft", "card"),
    ("link", "paper"),
    ("link", "card"),
    ("late", "card"),
    ("late", "late-paper"),
    ("card", "late"),  # the banner that says the connection is lost
    ("risk", "risk-paper"),
    ("risk", "card"),  # "not seen" below a step
    ("good", "good-paper"),
    ("good", "paper"),  # "watching"
    ("risk", "paper"),
    ("calm", "calm-paper"),
    ("done", "done-paper"),
]

DRAWN = [(f"{tone}-bar", "track") for tone in ("late", "risk", "good", "calm", "done")] + [("work", "track")]


def luminance(colour: str) -> float:
    """Relative luminance (WCAG 2.2)."""
    digits = colour[1:] if len(colour) == 7 else "".join(2 * digit for digit in colour[1:])
    channels = (int(digits[at : at + 2], 16) / 255 for at in (0, 2, 4))
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    darker, lighter = sorted((luminance(one), luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def test_contrast_is_computed_as_the_standard_says() -> None:
    assert contrast("#000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#fff") == pytest.approx(4.48, abs=0.01)


def test_night_changes_every_colour_that_day_has() -> None:
    assert set(LIGHT) == set(DARK)
    assert len(LIGHT) > 20


@pytest.mark.parametrize("tokens", [LIGHT, DARK], ids=["light", "dark"])
@pytest.mark.parametrize(("text", "ground"), TEXTS)
def test_text_stands_out(tokens: dict[str, str], text: str, ground: str) -> None:
    assert contrast(tokens[text], tokens[ground]) >= 4.5


@pytest.mark.parametrize("tokens", [LIGHT, DARK], ids=["light", "dark"])
@pytest.mark.parametrize(("bar", "ground"), DRAWN)
def test_bars_stand_out(tokens: dict[str, str], bar: str, ground: str) -> None:
    """The solid part of a bar against its empty part (WCAG 1.4.11)."""
    assert contrast(tokens[bar], tokens[ground]) >= 3.0


def test_no_colour_is_written_outside_the_tokens() -> None:
    rules = re.sub(r":root \{.*?\}", "", CSS, flags=re.DOTALL)
    assert set(re.findall(r"#[0-9a-fA-F]{3,8}\b", rules)) <= {"#fff", "#bbb"}  # paper in print, its lines
