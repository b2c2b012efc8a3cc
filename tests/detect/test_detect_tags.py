"""Reading tags and QR codes in pictures."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest
from pictured_cards import cloth, laid, printed, qr, with_card

from tracker.detect import TagReader, read_photo, read_tickets, tag_cells
from tracker.domain.cards import CARDS, CardNumber
from tracker.domain.errors import NotFoundError, SourceError


@pytest.mark.parametrize("tag_px", [30, 40, 80, 160])
@pytest.mark.parametrize("turn_deg", [0, 45, 200])
def test_a_card_is_read_however_it_lies(tag_px: float, turn_deg: float) -> None:
    (tag,) = TagReader().read(with_card(123, tag_px=tag_px, turn_deg=turn_deg))
    assert tag.number == 123
    assert tag.centre == (pytest.approx(320, abs=2), pytest.approx(180, abs=2))


def test_several_cards_are_read_at_once_by_number() -> None:
    table = laid(with_card(300, centre=(150, 180)), printed(4), (480, 180), side_px=60)
    assert [tag.number for tag in TagReader().read(table)] == [4, 300]


def test_a_reader_serves_pictures_of_several_sizes() -> None:
    reader = TagReader()
    small = with_card(9)[100:260, 240:400]
    assert [tag.number for tag in (*reader.read(small), *reader.read(with_card(9)), *reader.read(small))] == [9, 9, 9]


HIDDEN = (
    (0.0, True),  # bare
    (0.15, False),  # a sleeve over one edge
    (0.5, False),  # half of it
    (1.0, False),  # all of it
)


@pytest.mark.parametrize(("share", "read"), HIDDEN)
def test_a_covered_card_is_not_read_and_not_misread(share: float, read: bool) -> None:
    paper = printed(77)
    paper[:, : round(len(paper) * share)] = 90
    found = TagReader().read(laid(cloth(), paper, (320, 180), side_px=100))
    assert [tag.number for tag in found] == [77] * read


def test_a_tag_with_one_wrong_cell_is_missed_rather_than_guessed() -> None:
    paper = printed(77)
    paper[3 * 40 : 4 * 40, 4 * 40 : 5 * 40] ^= 255
    assert TagReader().read(laid(cloth(), paper, (320, 180), side_px=100)) == ()


def test_cloth_reads_as_nothing() -> None:
    assert [TagReader().read(cloth(seed=seed)) for seed in range(20)] == [()] * 20


def test_every_tag_is_another() -> None:
    patterns = {tag_cells(CardNumber(number)).tobytes() for number in range(CARDS)}
    assert len(patterns) == CARDS
    for number in (-1, CARDS):
        with pytest.raises(NotFoundError, match="no card"):
            tag_cells(CardNumber(number))


def test_tickets_are_read_from_top_to_bottom() -> None:
    page = np.full((500, 300), 255, np.uint8)
    for text, top in (("first", 20), ("第二", 250)):
        code = qr(text, 5)
        page[top : top + len(code), 50 : 50 + len(code)] = code
    first, second = read_tickets(page)
    assert (first.text, second.text) == ("first", "第二")
    assert first.centre == (pytest.approx(122, abs=4), pytest.approx(92, abs=4))
    assert read_tickets(cloth()) == ()


def test_a_photo_is_read_and_a_huge_one_made_smaller(tmp_path: Path) -> None:
    path = tmp_path / "照片.png"
    path.write_bytes(cv2.imencode(".png", np.zeros((60, 8000), np.uint8))[1].tobytes())
    assert read_photo(path).shape == (30, 4000)


@pytest.mark.parametrize("content", [b"", b"not a picture", None])
def test_what_is_no_photo_is_refused(content: bytes | None, tmp_path: Path) -> None:
    path = tmp_path / "photo.jpg"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(SourceError, match="expected"):
        read_photo(path)
