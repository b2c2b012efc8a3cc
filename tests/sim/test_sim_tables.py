from collections import Counter
from dataclasses import fields, replace

import numpy as np
import pytest

from tracker.domain.orders import OrderId
from tracker.sim.plan import Incidents, Plan, Sight, Work, drawn_hardship
from tracker.sim.scenes import Scene, draw_cloth, draw_scene
from tracker.sim.script import Carriage, Form
from tracker.sim.settled import settled_events

SMALL = Sight(width=160, height=90, fps=(5.0, 5.0))
WORK = Work(pieces=14)


def scene(plan: Plan, seed: int = 1, *, orders: int = 1, pieces: int = 14) -> Scene:
    rng = np.random.default_rng(seed)
    work = [(draw_cloth(OrderId(f"PO-{number}"), rng), pieces) for number in range(orders)]
    return draw_scene(plan, work, name="sew", rng=rng)


def net(drawn: Scene) -> Counter[str]:
    total: Counter[str] = Counter()
    for event in settled_events(drawn.script, drawn.rules):
        total[event.rule] += event.pieces
    return total


@pytest.mark.parametrize("incident", [field.name for field in fields(Incidents)])
@pytest.mark.parametrize("pile", [1, 4])
def test_every_piece_ends_in_the_tray_whatever_happens_on_its_way(incident: str, pile: int) -> None:
    plan = Plan(replace(WORK, pile=pile, stack=pile), Incidents(**{incident: 0.7}), SMALL)
    for seed in range(3):
        assert net(scene(plan, seed)) == {"sew-gate": 14, "sew-tray": 14}


def incident_scene(**chances: float) -> Scene:
    return scene(Plan(WORK, Incidents(**chances), SMALL), 5)


def directions(drawn: Scene) -> Counter[str]:
    return Counter(event.direction.value for event in settled_events(drawn.script, drawn.rules))


@pytest.mark.parametrize("incident", ["taken_back", "thrown_back", "second_pass", "meets_another"])
def test_what_comes_back_is_returned_and_crosses_again(incident: str) -> None:
    told = directions(incident_scene(**{incident: 0.6}))
    assert told["out"] == told["returned"] > 0


def test_thrown_pieces_fly() -> None:
    assert any(move.by is Carriage.THROWN for move in incident_scene(thrown_back=0.6).script.moves)


def test_piece_of_a_second_pass_leaves_the_picture_and_comes_again_after_others() -> None:
    drawn = incident_scene(second_pass=0.5)
    mirrored = drawn.rules[0].start[0] > 0.5
    gone = [move for move in drawn.script.moves if (move.to.x > 1.1 if mirrored else move.to.x < -0.1)]
    assert gone
    brought = sorted((m for m in drawn.script.moves if m.start is not None), key=lambda move: move.start_s)
    order = [move.piece for move in brought]
    for move in gone:
        first, second = (index for index, piece in enumerate(order) if piece == move.piece)
        assert second > first + 1


def test_two_people_hand_over_at_the_same_time() -> None:
    starts = Counter(round(move.start_s, 3) for move in incident_scene(beside_another=1.0).script.moves)
    assert max(starts.values()) == 2


def test_hands_cover_and_things_are_moved_about() -> None:
    assert incident_scene(covered=1.0).script.gestures
    distracted = incident_scene(decoy=1.0).script
    assert [piece.form for piece in distracted.pieces].count(Form.THING) == 1
    assert distracted.gestures


def test_piles_are_merged() -> None:
    plan = Plan(replace(WORK, pile=6, stack=3), Incidents(merged=0.8), SMALL)
    assert any(move.by is Carriage.ALONG for move in scene(plan).script.moves)


def test_orders_take_turns() -> None:
    drawn = scene(Plan(WORK, sight=SMALL), orders=2, pieces=5)
    assert [turn.order for turn in drawn.turns] == ["PO-0", "PO-1"]
    first = [event.order for event in settled_events(drawn.script, drawn.rules) if event.t_s < drawn.turns[1].from_s]
    assert set(first) == {"PO-0"}


def test_seed_decides_everything() -> None:
    plan = Plan(replace(WORK, seated=3), Incidents(hovers=0.3), SMALL)
    assert scene(plan, 3) == scene(plan, 3)
    assert scene(plan, 3).script != scene(plan, 4).script


def test_mirrored_tables_count_the_other_way() -> None:
    drawn = [scene(Plan(WORK, sight=SMALL), seed) for seed in range(8)]
    assert len({one.rules[0].start[0] > 0.5 for one in drawn}) == 2


HARD = Sight(
    auto_exposure=True, switches_per_min=3.0, flicker=(0.1, 0.2), knocks=2, shutter_s=(0.01, 0.02), bend=(0.01, 0.05)
)


def test_what_a_camera_suffers_lies_in_the_ranges_asked_for() -> None:
    suffered = drawn_hardship(HARD, 600.0, np.random.default_rng(2))
    assert suffered.flicker is not None
    assert 0.1 <= suffered.flicker.strength <= 0.2
    assert suffered.auto_exposure_s is not None
    assert len(suffered.knocks) == 2
    assert all(knock.t_s >= 40 for knock in suffered.knocks)
    assert 20 <= len(suffered.switches) <= 80
    assert {switch.level for switch in suffered.switches[1::2]} == {1.0}
    assert 0.01 <= suffered.bend <= 0.05


def test_short_clip_is_not_knocked() -> None:
    assert drawn_hardship(HARD, 50.0, np.random.default_rng(2)).knocks == ()
