"""A camera that was moved: told from everything else that changes a view, and followed while it is little."""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np
import pytest
from health_pictures import HEIGHT, WIDTH, Luma, Sensor, elsewhere, pushed, table

from tracker.capture.health_moved import LARGEST, RENEW_S, MovedWatch, Reference
from tracker.capture.health_view import Map, agreement, look
from tracker.domain.shift import STRAIGHT, Shift

ASPECT = HEIGHT / WIDTH


class Kept:
    """A keeper in memory."""

    def __init__(self, reference: Reference | None = None) -> None:
        self.reference, self.says_yes, self.times = reference, False, 0

    def load(self) -> Reference | None:
        return self.reference

    def keep(self, reference: Reference) -> None:
        self.reference, self.times = reference, self.times + 1

    def confirmed(self) -> bool:
        said, self.says_yes = self.says_yes, False
        return said


class Camera:
    """Shows a watch one look a second."""

    def __init__(self, keeper: Kept | None = None) -> None:
        self.watch, self.sensor, self.t_s = MovedWatch(keeper), Sensor(), 0.0

    def show(self, seconds: int, make: Callable[[int], Luma] | Luma, *, step_s: float = 1.0) -> list[float | None]:
        said = []
        for second in range(seconds):
            luma = make(second) if callable(make) else make
            said.append(self.watch.update(edges_of(self.sensor.see(luma)), self.t_s))
            self.t_s += step_s
        return said


def edges_of(luma: Luma) -> Map:
    return look(luma, aspect=luma.shape[0] / luma.shape[1]).edges


@pytest.fixture
def camera() -> Camera:
    """One that knows its view."""
    camera = Camera()
    assert not any(camera.show(31, table()))
    return camera


def passing(second: int) -> Luma:
    """Somebody walks through, as tall as the picture."""
    luma = table()
    left = 20 * (second % 16)
    cv2.rectangle(luma, (left, 0), (left + 70, 179), 40 + 7 * (second % 9), -1)
    return luma


def pile(_: int) -> Luma:
    luma = table()
    cloth = np.random.default_rng(4).integers(30, 220, (30, 27), np.uint8)
    luma[:, :160] = np.repeat(np.repeat(cloth, 6, 0), 6, 1)[:HEIGHT, :160]
    return luma


def other_cloth(_: int) -> Luma:
    """The table with a checked cloth."""
    luma = table()
    for x in range(40, 280, 12):
        cv2.line(luma, (x, 30), (x, 150), 100, 2)
    for y in range(30, 150, 12):
        cv2.line(luma, (40, y), (280, y), 100, 2)
    return luma


def in_evening_light(_: int) -> Luma:
    falling = np.linspace(0.35, 0.9, WIDTH)[None, :]
    return (table() * falling).astype(np.uint8)


@pytest.mark.parametrize(
    "view",
    [
        lambda _: table(),
        passing,
        pile,
        other_cloth,
        in_evening_light,
        lambda _: (table() * 1.3).clip(0, 255).astype(np.uint8),  # more light
        lambda _: pushed(table(), 0.006, 0.0),  # less than anybody draws a zone well
    ],
)
def test_what_is_no_move_is_none(camera: Camera, view: Callable[[int], Luma]) -> None:
    assert not any(camera.show(90, view))
    assert camera.watch.shift == STRAIGHT


@pytest.mark.parametrize(("dx", "dy"), [(0.04, 0.0), (-0.03, 0.02), (0.0, -0.05)])
def test_a_small_push_is_followed_within_five_seconds(camera: Camera, dx: float, dy: float) -> None:
    assert not any(camera.show(5, pushed(table(), dx, dy)))
    assert camera.watch.shift.dx == pytest.approx(dx, abs=0.007)
    assert camera.watch.shift.dy == pytest.approx(dy, abs=0.007)
    assert not any(camera.show(5, table())), "and back again"
    assert camera.watch.shift == STRAIGHT


def boards(*, goods: bool) -> Luma:
    """A table of boards with thin gaps between them, and pieces that lie on it until they are fetched."""
    luma = np.full((HEIGHT, WIDTH), 90, np.uint8)
    for x in (10, 41, 66, 118, 149, 201, 222, 284):
        cv2.line(luma, (x, 0), (x, HEIGHT), 106, 1)
    for y in (12, 52, 71, 120, 163):
        cv2.line(luma, (0, y), (WIDTH, y), 106, 1)
    for x, y in ((30, 20), (30, 100), (150, 20), (150, 100)) if goods else ():
        cv2.rectangle(luma, (x, y), (x + 55, y + 45), 180, -1)
    return luma


@pytest.mark.parametrize(("dx", "dy"), [(0.02, -0.02), (-0.02, 0.025)])
def test_a_push_is_followed_over_thin_lines_from_which_goods_have_gone(dx: float, dy: float) -> None:
    camera = Camera()
    assert not any(camera.show(31, boards(goods=True)))
    assert not any(camera.show(9, pushed(boards(goods=False), dx, dy)))
    assert camera.watch.shift.dx == pytest.approx(dx, abs=0.012)
    assert camera.watch.shift.dy == pytest.approx(dy, abs=0.012)


def test_a_turn_and_a_zoom_are_followed_too(camera: Camera) -> None:
    matrix = cv2.getRotationMatrix2D((WIDTH / 2, HEIGHT / 2), -2.0, 1.04)
    turned = np.asarray(cv2.warpAffine(table(), matrix, (WIDTH, HEIGHT), borderMode=cv2.BORDER_REPLICATE), np.uint8)
    assert not any(camera.show(6, turned))
    assert camera.watch.shift.angle_deg == pytest.approx(2.0, abs=0.6)
    assert camera.watch.shift.scale == pytest.approx(1.04, abs=0.015)


@pytest.mark.parametrize("view", [elsewhere(), pushed(table(), 0.2, 0.05)])
def test_a_large_move_is_told_and_over_when_the_view_returns(camera: Camera, view: Luma) -> None:
    said = camera.show(9, view)
    assert said[-1] == pytest.approx(30.0, abs=2.0), "since the last look at the old view"
    assert all(camera.show(40, view)), "for as long as it lasts"
    assert camera.show(1, table()) == [None]


def test_a_lost_view_that_comes_back_nearly_is_followed(camera: Camera) -> None:
    camera.show(9, elsewhere())
    assert camera.show(45, pushed(table(), 0.04, 0.0))[-1] is None
    assert camera.watch.shift.reach(aspect=ASPECT) == pytest.approx(0.04, abs=0.007)


def test_small_pushes_one_after_the_other_are_not_followed_without_end(camera: Camera) -> None:
    said: list[float | None] = []
    for step in range(1, 6):
        said += camera.show(8, pushed(table(), 0.03 * step, 0.0))
    assert said[-1] is not None
    assert camera.watch.shift.reach(aspect=ASPECT) <= LARGEST


def test_what_stands_close_before_the_lens_and_moves_is_no_other_view(camera: Camera) -> None:
    def close(second: int) -> Luma:
        return np.roll(elsewhere(), 37 * second, axis=1)

    assert not any(camera.show(20, close))


def test_a_view_with_hardly_an_edge_tells_nothing() -> None:
    bare = np.full((HEIGHT, WIDTH), 140, np.uint8)
    cv2.line(bare, (40, 40), (44, 60), 20, 2)
    camera = Camera()
    camera.show(31, bare)
    assert not any(camera.show(30, elsewhere()))


def test_furniture_that_was_moved_belongs_to_the_view_after_a_while(camera: Camera) -> None:
    def furnished(_: int) -> Luma:
        luma = table()
        luma[:, 160:] = elsewhere()[:, 160:]
        return luma

    looks = round(2 * RENEW_S / 20)
    assert not any(camera.show(looks + 5, furnished, step_s=20.0))
    beside = table()
    beside[:, :160] = elsewhere()[:, :160]
    beside[:, 160:] = elsewhere()[:, 160:]
    assert not any(camera.show(20, beside)), "the right half is now known as it is"


def test_a_mount_that_sags_slowly_does_not_take_its_reference_along() -> None:
    camera = Camera()
    camera.show(31, table())
    for step in range(1, 7):
        camera.show(round(RENEW_S / 20) + 2, pushed(table(), 0.004 * step, 0.0), step_s=20.0)
    assert camera.watch.shift.dx == pytest.approx(0.024, abs=0.008)


def test_a_view_kept_from_an_earlier_run_is_missed_at_once(camera: Camera) -> None:
    kept = Kept()
    first = Camera(kept)
    first.show(31, table())
    assert kept.times == 1
    later = Camera(kept)
    assert later.show(6, elsewhere())[-1] is not None


def test_confirming_takes_the_new_view_for_the_right_one() -> None:
    kept = Kept()
    camera = Camera(kept)
    camera.show(31, table())
    assert camera.show(9, elsewhere())[-1] is not None
    kept.says_yes = True
    assert not any(camera.show(35, elsewhere()))
    assert kept.times == 2
    assert camera.show(9, table())[-1] is not None, "now that is the other view"


def test_pictures_of_another_shape_keep_the_view(camera: Camera) -> None:
    taller = np.asarray(cv2.resize(table(), (WIDTH, 240)), np.uint8)
    assert not any(camera.show(10, taller))


def test_no_trace_is_kept_of_who_stands_there_and_moves_a_little() -> None:
    """Half a minute makes the reference: whoever stays that long, breathes and shifts from foot to foot."""

    def standing(second: int) -> Luma:
        luma = table()
        sway = round(4 * np.sin(second * 1.7))
        cv2.ellipse(luma, (155 + sway, 90 + sway // 2), (14, 36), 0, 0, 360, 25, -1)
        cv2.circle(luma, (155 + sway, 46 + sway // 2), 9, 215, -1)
        return luma

    with_person, without = Kept(), Kept()
    Camera(with_person).show(31, standing)
    Camera(without).show(31, table())
    assert with_person.reference is not None
    assert without.reference is not None
    seen, empty = (np.any(kept.reference.edges, axis=-1) for kept in (with_person, without))
    inside = np.zeros_like(seen)
    inside[8:33, 33:45] = True
    traces = seen & ~empty & inside
    assert traces.sum() <= 0.03 * inside.sum(), "a few cells by chance, no outline"


def test_nothing_agrees_with_nothing() -> None:
    empty = np.zeros((45, 80, 2), np.float32)
    assert agreement(empty, empty) == 0.0


def test_a_reference_is_too_coarse_to_show_a_face() -> None:
    edges = edges_of(table())
    assert edges.shape == (45, 80, 2)
    assert Shift(0.0, 0.0) == STRAIGHT
