"""Figures against cases worked out by hand, and against the maintained evaluator."""

from __future__ import annotations

import contextlib
import io

import numpy as np
import pytest
from evaluate_cases import FAR, HALF, NEAR, ONE, Box, boxes, seen, sights, things
from hypothesis import given
from hypothesis import strategies as st
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval

from tracker.evaluate.average import averages
from tracker.evaluate.baseline import constant_box
from tracker.evaluate.breakdown import parts
from tracker.evaluate.intervals import Draws
from tracker.evaluate.matching import FALSE, IGNORED, match
from tracker.evaluate.scores import Counts, calibration, label_scores, named, recommend, scores
from tracker.evaluate.speed import ratio, speed
from tracker.evaluate.things import BoxConditions, Conditions, Things

NO_CROWD: tuple[Box, ...] = ()


def draws(count: int, seed: int = 0, groups: list[str | None] | None = None) -> Draws:
    return Draws.of(groups or [None] * count, np.random.default_rng(seed))


def test_boxes_labels_and_crowds_have_one_length() -> None:
    with pytest.raises(ValueError, match=r"expected xyxy \(2, 4\) and crowd \(2,\)"):
        Things(boxes(ONE), ("garment", "bundle"), np.zeros(2, np.bool_))


# --- matching -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("found", "true", "crowd", "expected"),
    [
        ((), (), (), []),
        (((ONE, 0.9),), (), (), [FALSE]),
        (((NEAR, 0.9),), (ONE,), (), [0]),
        (((HALF, 0.9),), (ONE,), (), [0]),  # exactly half is enough
        (((FAR, 0.9),), (ONE,), (), [FALSE]),
        (((ONE, 0.5), (NEAR, 0.9)), (ONE,), (), [FALSE, 0]),  # the surer one has it, though it fits worse
        (((NEAR, 0.9), (ONE, 0.8)), (ONE, NEAR), (), [1, 0]),
        (((ONE, 0.9),), (ONE, ONE), (), [1]),  # of equals the last
        (((ONE, 0.9), (HALF, 0.8), (HALF, 0.7)), (), (ONE,), [IGNORED, IGNORED, IGNORED]),  # a crowd takes any number
        (((ONE, 0.9), (NEAR, 0.8)), (ONE,), (ONE,), [0, IGNORED]),  # things first
        (((FAR, 0.9),), (), (ONE,), [FALSE]),
    ],
)
def test_match(found: tuple, true: tuple, crowd: tuple, expected: list[int]) -> None:
    truth = things(*true, crowd=crowd)
    score = np.array([row[1] for row in found], np.float32)
    assert match(boxes(*[row[0] for row in found]), score, truth.xyxy, truth.crowd).tolist() == expected


edges = st.integers(0, 24)
some_box = st.tuples(edges, edges, st.integers(1, 16), st.integers(1, 16)).map(
    lambda row: (float(row[0]), float(row[1]), float(row[0] + row[2]), float(row[1] + row[3]))
)


def oracle(found: list[Box], score: list[float], truth: Things) -> list[int]:
    """The same by pycocotools, at IoU 0.5."""
    rows = zip(truth.xyxy.tolist(), truth.crowd.tolist(), strict=True)
    annotations = [
        {
            "id": number,
            "image_id": 1,
            "category_id": 1,
            "iscrowd": int(crowd),
            "bbox": [left, top, right - left, bottom - top],
            "area": (right - left) * (bottom - top),
        }
        for number, ((left, top, right, bottom), crowd) in enumerate(rows, start=1)
    ]
    with contextlib.redirect_stdout(io.StringIO()):
        coco = COCO()
        coco.dataset = {"info": {}, "images": [{"id": 1}], "annotations": annotations, "categories": [{"id": 1}]}
        coco.createIndex()
        table = [
            [1, left, top, right - left, bottom - top, s, 1]
            for (left, top, right, bottom), s in zip(found, score, strict=True)
        ]
        evaluator = COCOeval(coco, coco.loadRes(np.array(table)), "bbox")
        evaluator.params.iouThrs = np.array([0.5])
        evaluator.evaluate()
    seen_by_them = evaluator.evalImgs[0]
    result = [FALSE] * len(found)
    for id_, thing, ignored in zip(
        seen_by_them["dtIds"], seen_by_them["dtMatches"][0], seen_by_them["dtIgnore"][0], strict=True
    ):
        if thing:
            result[id_ - 1] = IGNORED if ignored else int(thing) - 1
    return result


@given(
    st.lists(some_box, min_size=1, max_size=8),
    st.lists(some_box, max_size=6),
    st.lists(st.booleans(), min_size=6, max_size=6),
    st.randoms(use_true_random=False),
)
def test_matching_is_that_of_the_maintained_evaluator(found, true, crowd, chance) -> None:
    score = chance.sample([0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8], len(found))
    truth = Things.of(true, ["garment"] * len(true), crowd[: len(true)])
    ours = match(boxes(*found), np.array(score, np.float32), truth.xyxy, truth.crowd).tolist()
    assert ours == oracle(found, score, truth)


# --- shares and intervals -------------------------------------------------------------------------------------------


def test_a_share_has_wilsons_interval_at_least() -> None:
    # all of 20 right: Wilson gives 20 / (20 + 1.96^2)
    share = draws(20).share(np.ones(20, np.int64), np.ones(20, np.int64))
    assert (share.value, share.hits, share.of, share.high) == (1.0, 20, 20, 1.0)
    assert share.low == pytest.approx(20 / (20 + 1.959964**2), abs=1e-4)


def test_errors_that_come_together_widen_the_interval() -> None:
    hits, of = np.array([10] * 10 + [0] * 10), np.full(20, 10)
    together = draws(20).share(hits, of)
    apart = draws(200).share(np.array([1, 0] * 100), np.ones(200, np.int64))
    assert together.value == apart.value == 0.5
    assert together.high - together.low > 2 * (apart.high - apart.low)


def test_pictures_of_one_group_are_drawn_together() -> None:
    grouped = draws(6, groups=["a", "a", "a", "b", None, None])
    assert (grouped.weights[:, 0] == grouped.weights[:, 2]).all()
    assert (grouped.weights[:, 4] != grouped.weights[:, 5]).any()


def test_nothing_to_count_is_no_share() -> None:
    none = np.zeros(3, np.int64)
    share = draws(3).share(none, none)
    assert (share.value, share.low, share.high, share.of) == (None, None, None, 0)
    gap = draws(3).difference((none[:, None], none[:, None]), (none[:, None], none[:, None]))
    assert (gap.value, gap.low) == (None, None)


def test_what_is_hard_for_both_models_does_not_blur_their_difference() -> None:
    hard = np.array([[0], [1]] * 50)
    ones = np.ones((100, 1), np.int64)
    same = draws(100).difference((hard, ones), (hard, ones))
    assert (same.value, same.low, same.high) == (0.0, 0.0, 0.0)


# --- scores ---------------------------------------------------------------------------------------------------------

PICTURES = [
    seen(things(ONE, FAR), (NEAR, 0.9), (FAR, 0.4)),  # both found, the second below 0.5
    seen(things(), (ONE, 0.6)),  # made up
    seen(things()),  # rightly nothing
    seen(things(ONE, crowd=[FAR]), (ONE, 0.8), (FAR, 0.7)),  # the crowd is neither right nor false, nor countable
]


def test_scores_are_those_worked_out_by_hand() -> None:
    low, high = scores(Counts.of(PICTURES, sights(PICTURES), [0.25, 0.5]), draws(4))
    assert (low.recall.hits, low.recall.of) == (3, 3)
    assert (low.false.hits, low.false.of) == (1, 4)
    assert (low.exact.hits, low.exact.of) == (2, 3)
    assert (low.error, low.absolute_error) == (pytest.approx(1 / 3), pytest.approx(1 / 3))
    assert (high.recall.hits, high.false.hits, high.false.of) == (2, 1, 3)
    assert (high.exact.hits, high.error, high.absolute_error) == (1, 0.0, pytest.approx(2 / 3))


def test_a_threshold_keeps_a_box_that_has_just_its_confidence() -> None:
    # 0.7 is not the same number in float32 and float64
    pictures = [seen(things(ONE), (ONE, 0.7))]
    assert scores(Counts.of(pictures, sights(pictures), [0.7]), draws(1))[0].recall.value == 1


def test_pictures_that_are_all_crowds_have_no_counts() -> None:
    pictures = [seen(things(crowd=[ONE]), (ONE, 0.9))]
    score = scores(Counts.of(pictures, sights(pictures), [0.5]), draws(1))[0]
    assert (score.exact.value, score.error, score.absolute_error, score.false.value) == (None, None, None, None)
    assert recommend(pictures, sights(pictures), draws(1)).exact_elsewhere is None


def test_the_recommended_threshold_counts_most_pictures_right() -> None:
    # doubles of 0.3 spoil every picture below, the things of 0.6 every picture above
    pictures = [seen(things(ONE), (ONE, 0.6), (FAR, 0.3)) for _ in range(8)]
    best = recommend(pictures, sights(pictures), draws(8))
    assert (best.score.confidence, best.score.exact.value) == (0.6, 1.0)
    assert best.exact_elsewhere is not None
    assert best.exact_elsewhere.value == 1.0


def test_a_threshold_chosen_by_luck_is_worse_elsewhere() -> None:
    pictures = [
        seen(things(ONE), (ONE, 0.9), (FAR, 0.3)),  # wants above 0.3
        seen(things(ONE), (ONE, 0.2)),  # wants at most 0.2
    ]
    best = recommend(pictures, sights(pictures), draws(2))
    assert best.score.exact.hits == 1
    assert best.exact_elsewhere is not None
    assert best.exact_elsewhere.hits == 0


def test_calibration_compares_confidence_with_being_right() -> None:
    pictures = [
        seen(things(ONE), (ONE, 0.85), (FAR, 0.83)),  # one of two right where 0.84 was said
        seen(things(ONE, crowd=[FAR]), (ONE, 1.0), (FAR, 0.2)),  # the crowd's box is not judged
    ]
    got = calibration(sights(pictures), draws(2))
    assert got.error == pytest.approx((2 * abs(0.84 - 0.5) + 0) / 3)
    filled = {round(each.low, 1): each for each in got.bins if each.boxes}
    assert sorted(filled) == [0.8, 0.9]
    assert (filled[0.8].boxes, filled[0.8].confidence, filled[0.8].right.value) == (2, pytest.approx(0.84), 0.5)
    assert calibration([seen(things()).sights[0]], draws(1)).error is None


def test_labels_are_judged_by_themselves() -> None:
    truth = Things.of([ONE, FAR], ["garment", "bundle"], [False, False])
    pictures = [seen(truth, (ONE, 0.9, "garment"), (FAR, 0.8, "garment"), (HALF, 0.1, "bundle"))]
    garment, bundle = label_scores(pictures, sights(pictures), ["garment", "bundle"], 0.25, draws(1))
    assert (garment.recall.hits, garment.recall.of, garment.false.hits, garment.false.of) == (1, 1, 1, 2)
    assert (bundle.recall.hits, bundle.recall.of, bundle.false.value) == (0, 1, None)
    right = named(pictures, sights(pictures), ["garment", "bundle"], 0.25, draws(1))
    assert (right.hits, right.of) == (1, 2)
    assert named(pictures, sights(pictures), ["garment"], 0.25, draws(1)).of == 1


# --- average precision ----------------------------------------------------------------------------------------------


def test_average_precision_is_that_worked_out_by_hand() -> None:
    # Sorted by confidence: right, false, right of 2 things. Precision is 1 up to a recall of 0.5, then 2/3. Of the 101
    # recall levels 0..1, the first 51 see 1, the other 50 see 2/3. Overlaps are whole, so every IoU gives the same.
    pictures = [seen(things(ONE, FAR), (ONE, 0.9), (FAR, 0.5)), seen(things(), (ONE, 0.7))]
    got = averages(pictures, sights(pictures), [], draws(2))
    by_hand = (51 * 1 + 50 * 2 / 3) / 101
    assert got.any_piece.map50.value == pytest.approx(by_hand)
    assert got.any_piece.map50_95.value == pytest.approx(by_hand)
    assert got.any_piece.map50.low < by_hand < got.any_piece.map50.high
    assert (got.by_label, got.labels) == (None, {})


def test_a_loose_box_counts_for_loose_overlaps_only() -> None:
    # IoU 0.818: right at 0.5 .. 0.8, seven of ten overlaps
    pictures = [seen(things(ONE), (NEAR, 0.9))]
    got = averages(pictures, sights(pictures), [], draws(1))
    assert (got.any_piece.map50.value, got.any_piece.map50_95.value) == pytest.approx((1.0, 0.7))


def test_labels_that_the_data_do_not_have_are_in_no_mean() -> None:
    truth = Things.of([ONE, FAR], ["garment", "bag"], [False, False])
    pictures = [seen(truth, (ONE, 0.9, "garment"), (FAR, 0.8, "packed"))]
    got = averages(pictures, sights(pictures), ["garment", "packed"], draws(1))
    assert got.labels == {"garment": (pytest.approx(1), pytest.approx(1)), "packed": (None, None)}
    assert got.by_label is not None
    assert got.by_label.map50.value == pytest.approx(1)
    assert got.any_piece.map50.value == pytest.approx(1)


@pytest.mark.parametrize(
    ("pictures", "value"),
    [
        ([seen(things(ONE))], 0.0),  # the model says nothing
        ([seen(things(), (ONE, 0.9))], None),  # there is nothing
        ([seen(things())], None),
        ([seen(things(crowd=[ONE]), (ONE, 0.9))], None),
    ],
)
def test_average_precision_without_boxes_or_things(pictures: list, value: float | None) -> None:
    assert averages(pictures, sights(pictures), [], draws(1)).any_piece.map50.value == value


def test_drawing_every_picture_once_gives_the_evaluators_own_figure() -> None:
    rng = np.random.default_rng(4)
    pictures = []
    for _ in range(12):
        true = [(float(x), float(x), float(x + 20), float(x + 15)) for x in rng.integers(0, 60, 3)]
        found = [((a + rng.integers(-16, 16), b, c, d), float(rng.random())) for a, b, c, d in true]
        pictures.append(seen(things(*true), *found))
    once = Draws(np.ones((200, 12)))
    got = averages(pictures, sights(pictures), ["garment"], once)
    for each in (got.any_piece.map50, got.any_piece.map50_95, got.by_label.map50):
        assert each.low == each.high == each.value
    assert 0 < got.any_piece.map50_95.value < got.any_piece.map50.value < 1


# --- the constant box -----------------------------------------------------------------------------------------------


def test_things_in_one_place_are_found_by_a_constant_box() -> None:
    pictures = [seen(things((10.0 + i, 10, 60 + i, 60))) for i in range(10)]
    got = constant_box(pictures, draws(10), np.random.default_rng(0))
    assert (got.recall.value, got.right.value, got.count, got.exact.value) == (1.0, 1.0, 1, 1.0)
    assert got.refused


def test_things_anywhere_are_not() -> None:
    places = [(x, y) for x in (0.0, 25.0, 50.0, 75.0) for y in (0.0, 20.0, 40.0, 60.0)]
    pictures = [seen(things((x, y, x + 20, y + 16))) for x, y in places]
    got = constant_box(pictures, draws(16), np.random.default_rng(0))
    assert (got.recall.hits, got.refused) == (1, False)


def test_a_constant_box_finds_one_thing_a_picture_at_most() -> None:
    pictures = [seen(things(ONE, NEAR, FAR, crowd=[HALF])), seen(things())]
    got = constant_box(pictures, draws(2), np.random.default_rng(0))
    assert (got.recall.hits, got.recall.of, got.right.of) == (1, 3, 2)
    assert got.refused


def test_the_search_finds_a_box_better_than_any_true_one() -> None:
    # two clusters of edges: the middle one overlaps all four, none of the four overlaps all
    rows = [(0, 0, 40, 40), (14, 0, 54, 40), (0, 14, 40, 54), (14, 14, 54, 54)]
    pictures = [seen(things(tuple(float(edge) for edge in row))) for row in rows]
    got = constant_box(pictures, draws(4), np.random.default_rng(0))
    assert got.recall.hits == 4


def test_empty_tables_alone_have_no_constant_box() -> None:
    got = constant_box([seen(things()), seen(things())], draws(2), np.random.default_rng(0))
    assert (got.xyxy, got.recall.value, got.count, got.refused) == (None, None, 0, False)


# --- parts ----------------------------------------------------------------------------------------------------------


def test_parts_tell_where_a_model_is_weak() -> None:
    noted = Conditions(
        "lamp", (2, 9), None, {"table": "wood"}, (BoxConditions(0.95), BoxConditions(0.3, {"form": "flat"}))
    )
    pictures = [
        seen(things(ONE, FAR), (ONE, 0.9), conditions=noted, brightness=40, contrasts=[5.0, 30.0]),
        seen(things(FAR), (FAR, 0.9), (ONE, 0.8), brightness=150, contrasts=[float("nan")]),
        seen(things(crowd=[ONE]), (FAR, 0.9), conditions=Conditions(skin_tones=()), brightness=200),
    ]
    got = {(part.by, part.value): part for part in parts(pictures, sights(pictures), 0.25, draws(3))}

    def shares(by: str, value: str) -> tuple[int, int, int, int]:
        part = got[by, value]
        return part.pictures, part.things, part.recall.hits, part.recall.of

    assert shares("brightness", "dark (luma under 60)") == (1, 2, 1, 2)
    assert shares("brightness", "bright (from 180)") == (1, 0, 0, 0)
    normal = got["brightness", "normal (100 to 180)"]
    assert (normal.false.hits, normal.false.of, normal.exact.hits, normal.exact.of) == (1, 2, 0, 1)
    assert got["brightness", "bright (from 180)"].exact.of == 0  # a crowd
    assert shares("things in the picture", "2 or 3") == (1, 2, 1, 2)
    assert shares("light", "lamp") == (1, 2, 1, 2)
    assert shares("light", "unknown") == (2, 1, 1, 1)
    assert shares("skin tone", "light (Monk 1 to 3)") == shares("skin tone", "dark (7 to 10)") == (1, 2, 1, 2)
    assert got["skin tone", "no hands"].pictures == 1
    assert shares("table", "wood") == (1, 2, 1, 2)
    assert shares("label", "garment") == (2, 3, 2, 3)
    assert shares("size", "20 to 35 %") == (2, 3, 2, 3)
    assert shares("cloth against table", "like the table (under 10)") == (1, 1, 1, 1)
    assert shares("cloth against table", "strong (from 25)") == (1, 1, 0, 1)
    assert shares("cloth against table", "unknown") == (1, 1, 1, 1)
    assert shares("overlap", "free") == (2, 3, 2, 3)
    assert shares("occlusion", "from 90 %") == (1, 1, 1, 1)
    assert shares("occlusion", "under 60 % visible") == (1, 1, 0, 1)
    assert shares("thing: form", "flat") == (1, 1, 0, 1)
    assert got["label", "garment"].false is None
    assert got["label", "garment"].exact is None
    assert [value for by, value in got if by == "occlusion"] == ["under 60 % visible", "from 90 %", "unknown"]


def test_what_nobody_noted_is_no_part() -> None:
    pictures = [seen(things(ONE), (ONE, 0.9))]
    kinds = {part.by for part in parts(pictures, sights(pictures), 0.25, draws(1))}
    assert kinds == {"brightness", "things in the picture", "label", "size", "cloth against table", "overlap"}


# --- speed ----------------------------------------------------------------------------------------------------------


def test_the_first_pictures_do_not_count_where_there_are_enough() -> None:
    assert speed([100.0] * 5 + [10.0] * 6).median_ms == 10
    assert speed([100.0, 10.0]).pictures == 2
    assert ratio([9.0] * 5 + [10.0] * 6, [1.0] * 5 + [5.0] * 6) == 2
    assert ratio([10.0], [5.0]) == 2
