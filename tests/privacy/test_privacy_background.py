"""The empty background: what is shown was empty, whatever the detector misses."""

from __future__ import annotations

import numpy as np
import pytest
from privacy_room import HEIGHT, NO_BOXES, WIDTH, Maker, empty_room, seen, sewing

from tracker.domain.frames import Picture
from tracker.privacy import ALONE, CONFIRMED, Background, EmptyBackground
from tracker.privacy.colours import bgr_of, picture_of

ROOM = empty_room()
DELIVERED = bgr_of(picture_of(ROOM)).astype(np.int16)
HOUR_S = 3600.0
STEP_S = 60.0
"""Between two looks here: one in six of those that a camera gets."""
TELLS = 20
"""Levels by which a pixel of a noisy picture differs from the room only where somebody is."""


def watch(empty, hours, picture_at, *, boxes=lambda _: NO_BOXES, start=0):
    """So many hours of looks; the number of the next one."""
    looks = range(start, start + int(hours * HOUR_S / STEP_S))
    for look in looks:
        empty.update(picture_at(look), boxes(look), look * STEP_S)
    return looks.stop


def confirm(empty, bgr, *, boxes=lambda _: NO_BOXES, start_s=0.0, looks=40):
    for look in range(looks):
        empty.update(seen(bgr, look), boxes(look), start_s + look * 0.5, patience=CONFIRMED)


def of(maker, look):
    return seen(maker.draw(ROOM)[0], look)


def shows(background: Background, mask) -> int:
    """Pixels of a mask that are shown and do not look like the empty room."""
    apart = np.abs(background.bgr - DELIVERED).max(axis=-1)
    return int(np.count_nonzero(background.pixels() & mask & (apart > TELLS)))


def shown_of(background: Background, mask) -> float:
    return float(background.pixels()[mask].mean())


CORNER = np.zeros((HEIGHT, WIDTH), np.bool_)
CORNER[210:, :40] = True
EVERYWHERE = np.ones((HEIGHT, WIDTH), np.bool_)


def test_nothing_is_known_before_the_first_look_and_nothing_shown_after_it():
    empty = EmptyBackground()
    assert empty.background is None
    empty.update(seen(ROOM, 0), NO_BOXES, 0.0, patience=CONFIRMED)
    assert empty.background.share == 0
    assert not empty.background.bgr.any()


def test_a_room_that_somebody_says_is_empty_is_shown_after_some_seconds():
    empty = EmptyBackground()
    confirm(empty, ROOM)
    assert empty.background.share == 1
    assert shows(empty.background, EVERYWHERE) == 0


def test_without_anybodys_word_an_empty_room_is_shown_after_four_hours_and_not_before():
    empty = EmptyBackground()
    after = watch(empty, 3.9, lambda look: seen(ROOM, look))
    assert empty.background.share == 0
    watch(empty, 0.3, lambda look: seen(ROOM, look), start=after)
    assert empty.background.share == 1


def test_time_that_nobody_watched_does_not_count():
    empty = EmptyBackground()
    for look in range(int(ALONE.looks) - 10):
        empty.update(seen(ROOM, look), NO_BOXES, look * 600.0)
    assert empty.background.share == 0


# --- somebody is there although somebody says that nobody is ---------------------------------------------------------

CONFIRMING = [
    # what the detector sees in look n while she sits there
    ("always", lambda look: True),
    ("missing in three of ten looks", lambda look: look % 10 not in {2, 5, 8}),
    ("blind in most looks", lambda look: look % 10 == 0),
]


@pytest.mark.parametrize(("when", "sees"), CONFIRMING, ids=[row[0] for row in CONFIRMING])
def test_whoever_sits_in_a_view_that_is_said_to_be_empty_stays_hidden(when, sees):
    maker = Maker()
    picture, mask = maker.draw(ROOM)
    empty = EmptyBackground()
    confirm(empty, picture, boxes=lambda look: maker.box() if sees(look) else NO_BOXES)
    assert shown_of(empty.background, mask) == 0
    assert shown_of(empty.background, CORNER) == 1


def test_two_people_are_hidden_and_each_is_shown_the_room_she_left():
    left, right = Maker(x=130), Maker(x=340)
    both, left_mask = left.draw(ROOM)
    both, right_mask = right.draw(both)
    alone, _ = right.draw(ROOM)
    empty = EmptyBackground()
    confirm(empty, both, boxes=lambda _: np.concatenate((left.box(), right.box())))
    assert shown_of(empty.background, left_mask | right_mask) == 0
    confirm(empty, alone, boxes=lambda _: right.box(), start_s=60)
    assert shown_of(empty.background, right_mask) == 0
    assert shown_of(empty.background, left_mask & ~(np.arange(WIDTH) > 200)) > 0.9
    assert shows(empty.background, EVERYWHERE) == 0


def test_only_forearms_that_reach_into_the_picture_stay_hidden_with_what_is_near():
    picture, mask = Maker().draw(ROOM)
    picture, mask = np.vstack((picture[170:], ROOM[:170])), np.vstack((mask[170:], np.zeros_like(mask[:170])))
    rows, columns = np.nonzero(mask)
    hands = np.array([[columns.min(), rows.max() - 12, columns.max(), rows.max()]], np.float32)
    empty = EmptyBackground()
    confirm(empty, picture, boxes=lambda _: hands)
    assert shown_of(empty.background, mask) == 0


# --- nobody says anything --------------------------------------------------------------------------------------------


def hardly_moves(look):
    """Turns a little every twenty minutes."""
    return Maker(lean=(look // 20) % 2 * 3)


ALONE_WITH = [
    # how she sits, and when the detector sees her: for four hours and a half from the first look on
    ("sewing, and no detector", sewing, lambda look: False),
    ("hardly moving, and no detector", hardly_moves, lambda look: False),
    ("without moving at all, detected once in half an hour", lambda look: Maker(), lambda look: look % 30 == 7),
    (
        "in clothes of the table's colour, and no detector",
        lambda look: sewing(look, cloth=(147, 162, 177)),
        lambda look: False,
    ),
]


@pytest.mark.parametrize(("how", "maker", "sees"), ALONE_WITH, ids=[row[0] for row in ALONE_WITH])
def test_a_maker_who_sits_for_hours_leaves_no_trace(how, maker, sees):
    empty = EmptyBackground()
    watch(
        empty, 4.6, lambda look: of(maker(look), look), boxes=lambda look: maker(look).box() if sees(look) else NO_BOXES
    )
    mask = np.logical_or.reduce([maker(look).draw(ROOM)[1] for look in range(100)])
    assert shows(empty.background, mask) == 0
    assert shown_of(empty.background, CORNER) == 1


def test_whoever_comes_into_a_known_room_never_gets_into_its_background():
    maker = Maker()
    picture, mask = maker.draw(ROOM)
    empty = EmptyBackground()
    confirm(empty, ROOM)
    watch(empty, 4.6, lambda look: seen(picture, look), start=10)
    assert shown_of(empty.background, mask) == 1
    assert shows(empty.background, mask) == 0


def test_a_new_word_that_the_room_is_empty_replaces_what_was_known():
    moved = empty_room(seed=9)
    moved[200:240, 20:60] = (20, 200, 20)
    empty = EmptyBackground()
    confirm(empty, ROOM)
    confirm(empty, moved, start_s=100)
    assert empty.background.bgr[220, 40].tolist() == pytest.approx([20, 200, 20], abs=15)


# --- what was known before a restart ---------------------------------------------------------------------------------


def half_known() -> Background:
    """The room, of which the right half was hidden."""
    empty = EmptyBackground()
    confirm(empty, ROOM)
    right = np.zeros_like(empty.background.shown)
    right[:, 48:] = True
    return empty.background.without(right)


LEFT = np.zeros((HEIGHT, WIDTH), np.bool_)
LEFT[:, : WIDTH // 2 - 10] = True
"""Without its rim."""
LEFT_SHARE = pytest.approx(46 / 96)


@pytest.mark.parametrize("gain", [1.0, 0.85])
def test_what_was_known_is_known_at_once_and_the_rest_waits_from_the_beginning(gain):
    empty = EmptyBackground(half_known())
    assert empty.share == 0
    after = watch(empty, 3.9, lambda look: seen(ROOM, look, gain=gain))
    assert empty.share == LEFT_SHARE
    assert shown_of(empty.background, LEFT) == 1
    watch(empty, 0.3, lambda look: seen(ROOM, look, gain=gain), start=after)
    assert empty.share == 1  # also where the known half ends, whatever the light was then


def test_whoever_comes_after_a_restart_never_gets_into_what_was_known_before():
    maker = Maker(x=180)
    picture, mask = maker.draw(ROOM)
    empty = EmptyBackground(half_known())
    watch(empty, 5, lambda look: seen(picture, look))
    assert shows(empty.background, EVERYWHERE) == 0
    assert not empty.background.pixels()[mask & ~LEFT].any()


def test_what_was_known_ends_when_the_view_is_another_one_and_that_is_said_once():
    for known, picture, ends in (
        (None, seen(ROOM, 0), []),  # nothing was known
        (half_known(), seen(ROOM, 0), []),
        (half_known(), seen(np.roll(ROOM, (23, 41), axis=(0, 1)), 0), [4]),  # moved while nobody watched
        (half_known(), seen(ROOM[::2, ::2], 0), [0]),  # another size
    ):
        empty = EmptyBackground(known)
        ended = [look for look in range(12) if empty.update(picture, NO_BOXES, look * 10.0)]
        assert ended == ends
        assert empty.share == (LEFT_SHARE if known is not None and not ends else 0)


def test_another_size_ends_what_was_learnt_in_the_same_run():
    empty = EmptyBackground()
    confirm(empty, ROOM)
    assert empty.update(seen(ROOM[::2, ::2], 0), NO_BOXES, 100.0)
    assert not empty.update(seen(ROOM, 0), NO_BOXES, 110.0)  # nothing was known any more


# --- light, size, movement -------------------------------------------------------------------------------------------


def test_a_lamp_that_is_switched_lets_the_wait_begin_anew_and_keeps_what_is_known():
    empty = EmptyBackground()
    after = watch(empty, 2.5, lambda look: seen(ROOM, look))
    after = watch(empty, 2.5, lambda look: seen(ROOM, look, gain=0.6), start=after)
    assert empty.background.share == 0
    watch(empty, 2, lambda look: seen(ROOM, look, gain=0.6), start=after)
    assert empty.background.share == 1
    empty.update(seen(ROOM, 1), NO_BOXES, 1e6)
    assert empty.background.share == 1


def test_daylight_that_fades_slowly_is_no_change():
    empty = EmptyBackground()
    watch(empty, 5, lambda look: seen(ROOM, look, gain=1 - 0.3 * look / 300))
    assert empty.background.share == 1


def test_in_the_dark_nothing_is_known():
    empty = EmptyBackground()
    confirm(empty, ROOM // 20)
    assert empty.background.share == 0


def test_a_camera_that_was_moved_knows_nothing_any_more():
    empty = EmptyBackground()
    confirm(empty, ROOM)
    elsewhere = np.roll(ROOM, (23, 41), axis=(0, 1))
    for look in range(8):
        empty.update(seen(elsewhere, look), NO_BOXES, 100 + look * 10.0)
    assert empty.background.share == 0
    assert not empty.background.bgr.any()


def test_somebody_who_stands_before_the_camera_for_a_moment_costs_nothing():
    empty = EmptyBackground()
    confirm(empty, ROOM)
    for look in range(3):
        empty.update(seen(np.full_like(ROOM, 90), look), NO_BOXES, 100 + look * 10.0)
    empty.update(seen(ROOM, 5), NO_BOXES, 200.0)
    assert empty.background.share == 1
    assert shows(empty.background, EVERYWHERE) == 0


def test_pictures_of_another_size_begin_anew():
    empty = EmptyBackground()
    confirm(empty, ROOM)
    empty.update(seen(ROOM[::2, ::2], 0), NO_BOXES, 100.0)
    assert empty.background.share == 0
    assert empty.background.bgr.shape == (HEIGHT // 2, WIDTH // 2, 3)


def test_a_picture_of_full_range_and_odd_size_gives_the_same_colours():
    whole = seen(ROOM, 0, noise=0)
    full = Picture(
        *(np.clip((plane.astype(np.float32) - low) * scale + low2, 0, 255).round().astype(np.uint8)
          for plane, low, scale, low2 in ((whole.y, 16, 255 / 219, 0), (whole.u, 128, 255 / 224, 128),
                                          (whole.v, 128, 255 / 224, 128))),
        full_range=True,
    )  # fmt: skip
    odd = Picture(full.y[:-1, :-1], full.u, full.v, full_range=True)
    empty = EmptyBackground()
    for look in range(40):
        empty.update(odd, NO_BOXES, look * 0.5, patience=CONFIRMED)
    assert empty.background.bgr.shape == (HEIGHT - 2, WIDTH - 2, 3)
    apart = np.abs(empty.background.bgr.astype(np.int16) - ROOM[:-2, :-2])
    assert np.mean(apart) < 4


def test_where_somebody_is_seen_in_the_background_itself_it_is_hidden_again():
    maker = Maker()
    picture, mask = maker.draw(ROOM)
    empty = EmptyBackground()
    confirm(empty, picture)
    assert shown_of(empty.background, mask) == 1  # neither a detector nor a movement gave her away
    empty.distrust(maker.box())
    assert shown_of(empty.background, mask) == 0
    assert not empty.background.bgr[mask].any()
    assert shown_of(empty.background, CORNER) == 1


def test_a_background_says_whether_a_picture_shows_the_same_view():
    empty = EmptyBackground()
    confirm(empty, ROOM)
    known = empty.background
    assert known.agrees(seen(ROOM, 1)) > 0.9
    assert known.agrees(seen(ROOM, 1, gain=0.6)) > 0.8
    assert known.agrees(of(Maker(), 1)) > 0.7
    assert known.agrees(seen(np.roll(ROOM, (23, 41), axis=(0, 1)), 1)) < 0.4
    assert known.agrees(seen(ROOM[:200], 1)) is None
    assert known.without(np.ones_like(known.shown)).agrees(seen(ROOM, 1)) is None
