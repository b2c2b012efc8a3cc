"""A camera's eye for order cards: when it looks, where, and what it says; and what that does to the counts."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import cv2
import numpy as np
import pytest
from pictured_cards import cloth, laid, printed, qr
from pictured_things import CAMERA, START, TARGET, SquareFinder, calibration

from tracker.cards import LOOK_S, SETTLED_S, CardEye
from tracker.detect import MotionSensor
from tracker.domain.cards import BundleTicket, CardNumber, OrderCard
from tracker.domain.frames import Frame, Moment, Picture
from tracker.domain.orders import OrderId
from tracker.domain.rules import ActivityRule, CardPlace, GateRule, RuleId, StockRule, Zone
from tracker.pipeline import CameraPipeline

CORNER = Zone("corner", ((0.0, 0.0), (0.5, 0.0), (0.5, 1.0), (0.0, 1.0)))
HOLD_S = 3600.0
GATE = GateRule(RuleId("line"), replace(TARGET, cards=CardPlace(CORNER, HOLD_S)), (0.75, 1.0), (0.75, 0.0))
EMPTY = cloth()
LEFT, RIGHT = (160.0, 180.0), (480.0, 180.0)
ONE = laid(EMPTY, printed(5), LEFT, side_px=60)
TWO = laid(ONE, printed(6), (80.0, 80.0), side_px=60)
ELSEWHERE = laid(EMPTY, printed(5), RIGHT, side_px=60)


def frame(luma: np.ndarray, t_s: float) -> Frame:
    height, width = luma.shape
    chroma = np.full((height // 2, width // 2), 128, np.uint8)
    moment = Moment(round(t_s * 10), t_s, START + timedelta(seconds=t_s))
    return Frame(CAMERA, moment, Picture(luma, chroma, chroma, full_range=True))


def watched(*shown: tuple[float, np.ndarray], until_s: float, rules: tuple = (GATE,)) -> list[tuple[float, str, int]]:
    """When which card was said to lie at which rule, of a camera that sees these from these times on."""
    eye, motion = CardEye(calibration(*rules)), MotionSensor()
    said = []
    for number in range(round(until_s * 10)):
        t_s = number / 10
        luma = next(luma for since_s, luma in reversed(shown) if since_s <= t_s)
        seen = frame(luma, t_s)
        said += [
            (round(t_s, 1), sighting.rule, sighting.card)
            for sighting in eye.update(seen, motion.update(seen.picture, t_s))
        ]
    return said


def test_a_card_in_its_zone_is_said_to_be_there_after_two_looks() -> None:
    assert watched((0, ONE), until_s=4) == [(LOOK_S, "line", 5)]


def test_a_card_outside_the_zone_is_not_read() -> None:
    assert watched((0, ELSEWHERE), until_s=4) == []


def test_a_card_just_laid_down_is_looked_at_as_soon_as_the_place_is_still() -> None:
    (said,) = watched((0, EMPTY), (1.7, ONE), until_s=6)
    assert said[0] <= 1.7 + SETTLED_S + LOOK_S + 0.4  # without it, up to twice LOOK_S
    assert said[1:] == ("line", 5)


def test_covering_a_card_says_nothing() -> None:
    covered = ONE.copy()
    covered[130:230, 110:210] = 70
    assert watched((0, ONE), (5, covered), (9, ONE), until_s=14) == [(LOOK_S, "line", 5)]


def test_two_cards_are_said_together() -> None:
    assert [said[2] for said in watched((0, TWO), until_s=4)] == [5, 6]


def test_rules_that_share_a_zone_each_have_the_card_and_others_none() -> None:
    pile = StockRule(RuleId("pile"), GATE.target, CORNER)
    other = GateRule(RuleId("other"), TARGET, (0.9, 1.0), (0.9, 0.0))
    busy = ActivityRule(RuleId("busy"), CORNER, (), None, seats=1)
    said = watched((0, ONE), until_s=4, rules=(GATE, pile, other, busy))
    assert [rule for _, rule, _ in said] == ["line", "pile"]


def test_a_camera_without_places_for_cards_never_looks() -> None:
    assert watched((0, ONE), until_s=4, rules=(GateRule(RuleId("line"), TARGET, (0.5, 1.0), (0.5, 0.0)),)) == []


def test_without_a_motion_map_it_looks_by_the_clock() -> None:
    eye = CardEye(calibration(GATE))
    said = [bool(eye.update(frame(ONE, t_s), None)) for t_s in (0.0, 1.0, 1.5, 2.0)]
    assert said == [False, False, True, False]


def test_a_picture_of_another_size_keeps_the_zone() -> None:
    large = cv2.resize(ONE, None, fx=2, fy=2, interpolation=cv2.INTER_CUBIC)
    assert watched((0, large), until_s=4) == [(LOOK_S, "line", 5)]


@pytest.mark.parametrize("gap", [False, True])
def test_the_pipeline_hands_sightings_on_and_starts_anew_after_a_gap(gap: bool) -> None:
    pipeline = CameraPipeline(calibration(GATE), SquareFinder())
    cards = []
    for number in range(8):
        if gap and number == 4:
            pipeline.blind()
        cards += pipeline.update(frame(ONE, number)).cards
    assert [(s.card, s.rule, s.cell, s.until - s.at) for s in cards] == [
        (5, "line", "cell-1", timedelta(seconds=HOLD_S))
    ] * (1 + gap)


def test_cards_count_nothing() -> None:
    """Laying down, covering, uncovering and taking away cards is no event, with or without a binding."""
    covered = ONE.copy()
    covered[130:230, 110:210] = 70
    pipeline = CameraPipeline(calibration(GATE), SquareFinder())
    shown = [EMPTY, EMPTY, ONE, ONE, covered, ONE, covered, ONE, TWO, TWO, EMPTY, EMPTY]
    counted = [pipeline.update(frame(np.minimum(luma, 149), 2.0 * number)) for number, luma in enumerate(shown)]
    assert [step.events for step in counted] == [()] * len(shown)
    assert {sighting.card for step in counted for sighting in step.cards} == {5, 6}


CODE = BundleTicket(OrderId("PO-7"), 0, 3, 12).code
NEAR = GateRule(
    RuleId("near"), replace(TARGET, cards=CardPlace(CORNER, HOLD_S, tickets=True)), (0.75, 1.0), (0.75, 0.0)
)


def test_a_close_camera_reads_the_orders_of_tickets_and_cards_and_nobody_elses_codes() -> None:
    table = EMPTY.copy()
    for text, left, top in ((CODE, 20, 20), (OrderCard(CardNumber(9), OrderId("x")).code, 20, 180), ("tea", 170, 90)):
        code = qr(text, 4)
        table[top : top + len(code), left : left + len(code)] = code
    code = qr(BundleTicket(OrderId("PO-8"), 0, 1, 1).code, 4)
    table[100 : 100 + len(code), 400 : 400 + len(code)] = code  # outside the zone
    eye, far = CardEye(calibration(NEAR)), CardEye(calibration(GATE))
    said = [sighting for t_s in (0, 2, 4) for sighting in eye.update(frame(table, t_s), None)]
    assert [(s.rule, s.card, s.order) for s in said] == [("near", 9, None), ("near", None, "PO-7")]
    assert [far.update(frame(table, t_s), None) for t_s in (0, 2)] == [(), ()]
