"""Cards and counts in one transaction: replayed, killed, repeated or live, each piece finds the same order."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from threading import Event as Flag
from typing import Any

import numpy as np
import pytest
from pictured_cards import cloth, laid, printed
from watch_scenes import Clock, PlayedCameras, RefusingStore
from wiring_shop import BLUE, CALENDAR, HEIGHT, MONDAY_8, RED, TRAY, WIDTH, Sliding, calibration, frame, gate, order
from wiring_shop import shop_store as opened

from tracker.domain.frames import Frame
from tracker.domain.orders import OrderState, ScheduleEntry
from tracker.domain.rules import CardPlace, Zone
from tracker.pipeline import CameraPipeline
from tracker.recording import ReplayRecorder
from tracker.replay import Step, steps
from tracker.store import Store
from tracker.watch import Model, Shop, Watch

CORNER = Zone("corner", ((0.0, 0.5), (0.5, 0.5), (0.5, 1.0), (0.0, 1.0)))
CARDED = calibration(replace(gate(), target=replace(gate().target, cards=CardPlace(CORNER, 8.0))))
TABLE = cloth(WIDTH, HEIGHT)
REDS, BLUES = (laid(TABLE, printed(card), (80, 180), side_px=60) for card in (0, 1))


def shown(t_s: float) -> Frame:
    """RED's card lies there, BLUE's from second 12 on, and from second 20 on none."""
    seen = frame(t_s)
    luma = (REDS if t_s < 12 else BLUES if t_s < 20 else TABLE).copy()
    luma[0, :4] = seen.picture.y[0, :4]
    return replace(seen, picture=replace(seen.picture, y=luma))


SHOWN = [shown(number / 10) for number in range(360)]


class Film:
    """A video that is a list."""

    def __iter__(self) -> Iterator[Any]:
        return iter(SHOWN)


def sliding() -> Sliding:
    return Sliding(gone=lambda t_s: 12 <= t_s < 14)


STEPS = list(steps(Film(), CARDED, sliding(), every_frame=True))  # type: ignore[arg-type]


def shop_store(folder: Path) -> Store:
    """Two open orders, each with its card."""
    store = opened(folder, order(RED), order(BLUE))
    with store.write(MONDAY_8 - timedelta(days=1)) as unit:
        unit.issue_card(RED)
        unit.issue_card(BLUE)
    return store


def rows(store: Store) -> dict[str, Any]:
    with store.read() as view:
        return {
            "events": [(kept.event, kept.order, kept.reason) for kept in view.events()],
            "cards": view.card_sightings(),
            "watermark": view.watermark(TRAY),
        }


def play(store: Store, some: list[Step], *, to_the_end: bool = True) -> None:
    recorder = ReplayRecorder(store, TRAY)
    for step in some:
        recorder.take(step)
    if to_the_end:
        recorder.commit()


@pytest.fixture(scope="module")
def uninterrupted(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    with shop_store(tmp_path_factory.mktemp("whole")) as store:
        play(store, STEPS)
        return rows(store)


def belongs(kept: dict[str, Any]) -> list[tuple[int, str | None]]:
    return [(round((event.moment.at - MONDAY_8).total_seconds()), to) for event, to, _ in kept["events"]]


def test_what_passes_belongs_to_the_card_that_lies_there(uninterrupted: dict[str, Any]) -> None:
    """The first passed before its card was certain; the last ones when BLUE's had not been seen for 8 s."""
    numbers = [card.card for card in uninterrupted["cards"]]
    assert numbers == sorted(numbers)
    assert set(numbers) == {0, 1}
    assert belongs(uninterrupted) == [
        (1, None),
        *((second, RED) for second in (3, 5, 7, 9, 11)),
        *((second, BLUE) for second in (15, 17, 19, 21, 23, 25)),
        *((second, None) for second in (27, 29, 31, 33, 35)),
    ]
    assert uninterrupted["events"][6][2] == "order card 1 of BLUE-2 lies at rule line"
    assert uninterrupted["events"][-1][2].endswith("(the card of BLUE-2 at rule line was not seen for too long)")


@pytest.mark.parametrize("survived", [0, 1, 14, 99, 100, 101, 135, 199, 200, 201, 250, 330, len(STEPS)])
def test_a_killed_replay_repeated_binds_as_an_uninterrupted_one(
    survived: int, tmp_path: Path, uninterrupted: dict[str, Any]
) -> None:
    with shop_store(tmp_path) as store:
        play(store, STEPS[:survived], to_the_end=False)
        play(store, STEPS)
        assert rows(store) == uninterrupted


def watch(store: Any, script: list[Frame | Callable[[], Any]]) -> None:
    clock = Clock(MONDAY_8)
    live: Any = PlayedCameras(script, clock, TRAY)
    pipelines = [CameraPipeline(CARDED, sliding(), every_frame=True)]
    Watch(live, pipelines, model=Model("m", "ab" * 32, "cpu"), shop=Shop(store, CALENDAR, clock)).run(Flag())


def test_a_live_camera_binds_as_its_replay_does(tmp_path: Path, uninterrupted: dict[str, Any]) -> None:
    with shop_store(tmp_path) as store:
        watch(store, list(SHOWN))
        assert rows(store) == uninterrupted


@pytest.mark.parametrize("when", ["before", "commit", "after"])
def test_cards_that_a_refusing_database_did_not_take_are_offered_again(
    when: str, tmp_path: Path, uninterrupted: dict[str, Any]
) -> None:
    with shop_store(tmp_path) as store:
        refusing = RefusingStore(store, when)
        watch(refusing, [*SHOWN[:10], refusing.begin, *SHOWN[10:150], refusing.end, *SHOWN[150:]])
        assert refusing.refusals
        assert rows(store) == uninterrupted


def test_a_closed_orders_card_binds_nothing_and_the_schedule_decides(tmp_path: Path) -> None:
    with shop_store(tmp_path) as store:
        with store.write(MONDAY_8) as unit:
            unit.set_order_state(RED, OrderState.HELD)
            unit.add_schedule([ScheduleEntry(BLUE, gate().target.step, None, MONDAY_8, None)])
        play(store, STEPS)
        kept = rows(store)
    assert {to for _, to, _ in kept["events"]} == {BLUE}
    assert "(the card at rule line is of RED-1, which is held)" in kept["events"][1][2]


def test_pictures_are_only_read(uninterrupted: dict[str, Any]) -> None:
    assert all(np.array_equal(seen.picture.y[1:], shown(seen.moment.t_s).picture.y[1:]) for seen in SHOWN[::40])
