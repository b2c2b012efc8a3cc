"""Releases: bands, epochs, calm, and the document that leaves the shop."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracker.domain.estimates import Estimate, FinishInterval, Interval, Outlook, StepEstimate
from tracker.domain.orders import Order, OrderId, OrderLine, OrderState, OrderUnit, Route, Step, WeightSource
from tracker.domain.releases import Release
from tracker.domain.rules import StepId
from tracker.release import as_dict, release

NOW = datetime(2026, 11, 4, 7, 23, 11, 5, tzinfo=UTC)
EPOCH = datetime(2026, 11, 4, 7, tzinfo=UTC)
HOUR = timedelta(hours=1)
SHANGHAI = "Asia/Shanghai"
STEPS = ("cut", "sew", "pack")

ORDER = Order(
    id=OrderId("PO-7"),
    customer="Acme",
    style="tee",
    style_family="t-shirt",
    unit=OrderUnit.PIECE,
    lines=(OrderLine("navy", "M", 100),),
    requested=None,
    promised=date(2026, 11, 9),
    state=OrderState.ACCEPTED,
    revision=1,
    over_tolerance=0.0,
    short_tolerance=0.0,
    route=Route(tuple(Step(StepId(step), 1.0, outsourced=False) for step in STEPS), (), WeightSource.SMV),
)


def an_estimate(
    deliverable: tuple[float, float, float] = (0.3, 0.34, 0.4),
    pieces: tuple[float, ...] = (90, 60, 34),
    outlook: Outlook = Outlook.ON_TRACK,
    stale_since: datetime | None = None,
    finish: FinishInterval | None = None,
) -> Estimate:
    return Estimate(
        order=ORDER.id,
        as_of=NOW,
        deliverable=Interval(*deliverable),
        work_content=Interval(*deliverable),
        steps=tuple(StepEstimate(StepId(s), Interval(p, p, p)) for s, p in zip(STEPS, pieces, strict=True)),
        finish=finish,
        p_on_time=None,
        outlook=outlook,
        none_due_yet=False,
        stale_since=stale_since,
        shortfalls=(),
    )


def first(estimate: Estimate, now: datetime = NOW, order: Order = ORDER) -> Release:
    return release(order, estimate, now=now, previous=None, timezone=SHANGHAI)


@pytest.mark.parametrize(
    ("median", "outlook", "band"),
    [
        (0.0, Outlook.NO_DATA, (0, 10)),
        (0.099, Outlook.ON_TRACK, (0, 10)),
        (0.1, Outlook.ON_TRACK, (10, 20)),
        # 0.7 * 10 is 7.000000000000001 and 0.29 * 10 is 2.9: binary rounding must not move a band
        (0.7, Outlook.ON_TRACK, (70, 80)),
        (0.3, Outlook.ON_TRACK, (30, 40)),
        (0.6, Outlook.ON_TRACK, (60, 70)),
        (0.999, Outlook.ON_TRACK, (90, 100)),
        # a median of all pieces is not yet "done"
        (1.0, Outlook.ON_TRACK, (90, 100)),
        (1.0, Outlook.DONE, (100, 100)),
        # done within the short tolerance is still told as what it is
        (0.97, Outlook.DONE, (90, 100)),
    ],
)
def test_band_is_the_ten_per_cent_below_the_median(median: float, outlook: Outlook, band: tuple[int, int]) -> None:
    got = first(an_estimate((median, median, median), outlook=outlook))
    assert (got.band_low_pct, got.band_high_pct) == band


def test_epoch_is_the_whole_hour_in_utc_whatever_zone_now_is_told_in() -> None:
    kathmandu = timezone(timedelta(hours=5, minutes=45))
    assert first(an_estimate(), NOW.astimezone(kathmandu)).epoch == EPOCH
    assert first(an_estimate()).next_expected_at == EPOCH + HOUR


def test_within_an_epoch_nothing_changes_whatever_the_estimate_says() -> None:
    told = first(an_estimate())
    changed = an_estimate((0.9, 0.95, 1.0), (100, 100, 95), Outlook.LATE)
    assert release(ORDER, changed, now=NOW + timedelta(minutes=36), previous=told, timezone=SHANGHAI) is told
    later = release(ORDER, changed, now=NOW + timedelta(minutes=37), previous=told, timezone=SHANGHAI)
    assert (later.epoch, later.band_low_pct, later.outlook) == (EPOCH + HOUR, 90, Outlook.LATE)


@pytest.mark.parametrize(
    ("before", "estimate", "low"),
    [
        # the median wavers: the band holds
        ((0.40, 0.41, 0.45), (0.36, 0.39, 0.44), 40),
        # the interval still reaches what was told: the band holds
        ((0.40, 0.41, 0.45), (0.20, 0.25, 0.40), 40),
        # a recount contradicts what was told: the band falls
        ((0.40, 0.41, 0.45), (0.25, 0.25, 0.25), 20),
        # done, then returned for rework
        ((1.0, 1.0, 1.0), (0.62, 0.63, 0.64), 60),
    ],
)
def test_band_falls_only_when_the_whole_interval_lies_below(
    before: tuple[float, float, float], estimate: tuple[float, float, float], low: int
) -> None:
    outlook = Outlook.DONE if before[1] == 1 else Outlook.ON_TRACK
    told = first(an_estimate(before, outlook=outlook))
    got = release(ORDER, an_estimate(estimate), now=NOW + HOUR, previous=told, timezone=SHANGHAI)
    assert got.band_low_pct == low


@pytest.mark.parametrize(
    ("pieces", "milestone"),
    [
        ((0, 0, 0), "not started"),
        ((49, 0, 0), "not started"),
        ((50, 0, 0), "cut"),
        ((100, 50, 49), "sew"),
        ((100, 100, 50), "pack"),
    ],
)
def test_milestone_is_the_latest_step_half_done(pieces: tuple[float, ...], milestone: str) -> None:
    assert first(an_estimate(pieces=pieces)).milestone == milestone


def test_order_whose_lines_were_all_cancelled_has_not_started() -> None:
    got = first(an_estimate((0, 0, 0), (0, 0, 0), Outlook.NO_DATA), order=replace(ORDER, lines=()))
    assert (got.band_low_pct, got.milestone) == (0, "not started")


def test_finish_is_told_in_the_dates_of_the_shop() -> None:
    finish = FinishInterval(
        datetime(2026, 11, 6, 15, 59, tzinfo=UTC),
        datetime(2026, 11, 7, tzinfo=UTC),
        datetime(2026, 11, 7, 16, tzinfo=UTC),
    )
    got = first(an_estimate(finish=finish))
    # 15:59 UTC is 23:59 of the same day in Shanghai, 16:00 is midnight and the next day
    assert (got.finish_earliest, got.finish_latest) == (date(2026, 11, 6), date(2026, 11, 8))
    assert first(an_estimate()).finish_earliest is None


@pytest.mark.parametrize(
    ("stale_since", "now", "stale"),
    [
        (None, NOW, False),
        # silent since within the epoch before
        (EPOCH - HOUR, NOW, False),
        (EPOCH - HOUR - timedelta(seconds=1), NOW, True),
        # nothing was silent, but nobody has estimated for two hours
        (None, NOW + 2 * HOUR, True),
    ],
)
def test_stale_means_older_than_the_epoch_before(stale_since: datetime | None, now: datetime, stale: bool) -> None:
    assert first(an_estimate(stale_since=stale_since), now).stale is stale


def test_another_orders_estimate_or_release_is_refused() -> None:
    with pytest.raises(ValueError, match="expected estimate and previous release of order PO-7, got PO-8"):
        first(replace(an_estimate(), order=OrderId("PO-8")))
    with pytest.raises(ValueError, match="without a time zone"):
        first(an_estimate(), NOW.replace(tzinfo=None))


def test_release_made_for_another_customer_is_not_repeated() -> None:
    told = replace(first(an_estimate()), customer="Rival")
    assert release(ORDER, an_estimate(), now=NOW, previous=told, timezone=SHANGHAI).customer == "Acme"


shares = st.lists(st.floats(0, 1), min_size=3, max_size=3).map(sorted).map(tuple)
estimates = st.builds(an_estimate, shares, st.tuples(*[st.floats(0, 120)] * 3), st.sampled_from(list(Outlook)))


@given(st.lists(st.tuples(estimates, st.integers(0, 150)), min_size=1, max_size=12))
def test_a_run_of_releases_keeps_its_promises(run: list[tuple[Estimate, int]]) -> None:
    now, previous = NOW, None
    for estimate, minutes in run:
        now += timedelta(minutes=minutes)
        got = release(ORDER, estimate, now=now, previous=previous, timezone=SHANGHAI)
        assert got.epoch <= now < got.next_expected_at
        assert got.band_low_pct % 10 == 0
        assert 0 <= got.band_low_pct <= got.band_high_pct <= 100
        if previous is not None and got.epoch == previous.epoch:
            assert json.dumps(as_dict(got)) == json.dumps(as_dict(previous))
        elif previous is not None and got.band_low_pct < previous.band_low_pct:
            assert estimate.deliverable.p90 * 100 < previous.band_low_pct
        previous = got


def test_document_holds_every_field_in_canonical_sequence() -> None:
    finish = FinishInterval(NOW, NOW + 24 * HOUR, NOW + 72 * HOUR)
    assert json.dumps(as_dict(first(an_estimate(finish=finish)))) == (
        '{"order": "PO-7", "customer": "Acme", "epoch": "2026-11-04T07:00:00Z", "band_low_pct": 30, '
        '"band_high_pct": 40, "milestone": "sew", "finish_earliest": "2026-11-04", "finish_latest": "2026-11-07", '
        '"outlook": "on_track", "stale": false, "next_expected_at": "2026-11-04T08:00:00Z"}'
    )
    assert list(as_dict(first(an_estimate()))) == list(Release.__dataclass_fields__)
