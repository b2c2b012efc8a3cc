"""Health says what is wrong and why; metrics count without telling anybody's pace."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from prometheus_client.parser import text_string_to_metric_families
from serve_client import Client, Clock
from serve_shop import BLIND_SINCE, CUTTING, LATE, NOW, PACKING, SEWING, camera, piece, unassigned

from tracker.domain.estimates import Assignment
from tracker.domain.frames import Gap, GapReason
from tracker.store import CameraState, CameraStatus, Store

HEALTH, METRICS = "/healthz", "/metrics"
MINUTE = timedelta(minutes=1)


def test_a_blind_camera_degrades_and_says_since_when(client: Client) -> None:
    answer = client.get(HEALTH)
    assert answer.status_code == 200
    said = answer.json()
    assert said["status"] == "degraded"
    assert said["reasons"] == ["camera sewing: blind since 2026-03-12T02:42:00Z (disconnected)"]
    assert said["database"] == {"readable": True}
    assert [one for one in said["cameras"] if one["camera"] == SEWING] == [
        {
            "camera": "sewing",
            "state": "blind",
            "since": "2026-03-12T02:42:00Z",
            "reason": "disconnected",
            "problem": None,
            "last_frame_at": "2026-03-12T02:42:00Z",
            "last_frame_age_s": round((NOW - BLIND_SINCE).total_seconds()),
            "provider": "cpu",
            "model": "default",
        }
    ]


@pytest.mark.parametrize(
    ("state", "age_s", "status", "shown"),
    [
        (CameraState.WATCHING, 1, "ok", "watching"),
        (CameraState.WATCHING, 90, "ok", "watching"),  # a still every 30 s is the sparsest setting
        (CameraState.WATCHING, 91, "degraded", "silent"),  # whoever wrote the row has died
        (CameraState.WATCHING, None, "degraded", "silent"),
        (CameraState.STARTING, None, "ok", "starting"),
        (CameraState.PAUSED, 9000, "ok", "paused"),  # somebody wants it
        (CameraState.BLIND, 1, "degraded", "blind"),
        (CameraState.STOPPED, 9000, "degraded", "stopped"),
        (CameraState.ENDED, 9000, "ok", "ended"),  # a film is over, and nothing is lost
    ],
)
def test_states_of_a_camera(
    empty_store: Store,
    client_of: Callable[..., Client],
    state: CameraState,
    age_s: float | None,
    status: str,
    shown: str,
) -> None:
    last = None if age_s is None else NOW - timedelta(seconds=age_s)
    with empty_store.write(NOW) as unit:
        unit.set_camera(camera(SEWING, "counts", state=state, last_frame_at=last))
    said = client_of(empty_store).get(HEALTH).json()
    assert (said["status"], said["cameras"][0]["state"]) == (status, shown)
    assert bool(said["reasons"]) == (status != "ok")


def test_without_cameras_all_is_well(empty_store: Store, client_of: Callable[..., Client]) -> None:
    said = client_of(empty_store).get(HEALTH).json()
    assert (said["status"], said["reasons"], said["cameras"]) == ("ok", [], [])


@pytest.mark.parametrize(
    ("asked", "running", "reasons"),
    [
        ("cpu", "cpu", []),
        ("cuda", "cpu", ["camera sewing: provider cuda was asked for, cpu runs"]),
        ("cuda", None, []),  # no model is loaded yet
        (None, "cpu", []),  # nobody said
    ],
)
def test_a_fall_back_is_a_reason(
    empty_store: Store, client_of: Callable[..., Client], asked: str | None, running: str | None, reasons: list[str]
) -> None:
    with empty_store.write(NOW) as unit:
        unit.set_camera(camera(SEWING, "counts", provider=running))
    said = client_of(empty_store, provider=asked).get(HEALTH).json()
    assert said["provider"] == {"asked": asked, "running": [] if running is None else [running]}
    assert said["reasons"] == reasons


@pytest.fixture
def broken(store: Store, client: Client, request: pytest.FixtureRequest) -> Client:
    """A client of a database that something else has overwritten, or that is no longer on its server."""
    store.close()
    path = store.place.path
    if path is None:
        request.getfixturevalue("postgres_server").drop(store.place.url.database)
        return client
    for part in path.parent.glob(f"{path.name}*"):
        part.unlink()
    path.write_bytes(b"not a database, though long enough to look at" * 100)
    return client


def test_a_database_that_cannot_be_read_is_down(broken: Client) -> None:
    answer = broken.get(HEALTH)
    assert answer.status_code == 503
    said = answer.json()
    assert (said["status"], said["database"], said["cameras"]) == ("down", {"readable": False}, [])
    assert said["reasons"]


def test_and_everything_else_says_so_too(broken: Client) -> None:
    assert broken.get("/").status_code == 503
    assert broken.get("/privacy").status_code == 503
    assert broken.get("/api/v1/orders").status_code == 503
    figures = scraped(broken)
    assert figures["fairloom_database_readable", ()] == 0
    assert ("fairloom_unassigned_pieces", ()) not in figures


def scraped(client: Client) -> dict[tuple[str, tuple[str, ...]], float]:
    """Figures by name and label values, as Prometheus would read them."""
    answer = client.get(METRICS)
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/plain; version=")
    return {
        (sample.name, tuple(sample.labels.values())): sample.value
        for family in text_string_to_metric_families(answer.text)
        for sample in family.samples
    }


def test_figures_come_from_rows(client: Client, store: Store) -> None:
    with store.write(NOW) as unit:
        unit.close_gap(PACKING, NOW)
        unit.open_gap(Gap(CUTTING, GapReason.UNREACHABLE, NOW - 50 * MINUTE, NOW - 48 * MINUTE))
        unit.open_gap(Gap(CUTTING, GapReason.STOPPED, NOW - 40 * MINUTE, NOW - 39 * MINUTE))
    figures = scraped(client)
    assert {name: figures[name] for name in EXPECTED} == EXPECTED
    states = {
        labels[1]: value
        for (name, labels), value in figures.items()
        if name == "fairloom_camera_state" and labels[0] == SEWING
    }
    assert (states.pop("blind"), set(states.values())) == (1, {0})


EXPECTED: dict[tuple[str, tuple[str, ...]], float] = {
    ("fairloom_database_readable", ()): 1,
    ("fairloom_frames_total", ("cutting",)): 120_000,
    ("fairloom_frames_dropped_total", ("sewing",)): 240,
    ("fairloom_gap_seconds_total", ("sewing",)): (NOW - BLIND_SINCE).total_seconds(),  # still lasts
    ("fairloom_gap_seconds_total", ("cutting",)): 180,
    ("fairloom_gap_seconds_total", ("packing",)): 720,
    ("fairloom_last_frame_timestamp_seconds", ("sewing",)): BLIND_SINCE.timestamp(),
    ("fairloom_unassigned_pieces", ()): 12,
    ("fairloom_unassigned_events", ()): 3,
    ("fairloom_events_previous_day", ()): 0,
    ("fairloom_orders", ("late",)): 1,
    ("fairloom_orders", ("at_risk",)): 1,
    ("fairloom_orders", ("on_track",)): 2,
    ("fairloom_orders", ("no_data",)): 1,  # the new one; the held one is no matter of outlook
    ("fairloom_orders", ("done",)): 1,
}


def test_how_far_behind_a_camera_is_shows_only_while_it_watches(client: Client, store: Store) -> None:
    (cutting,) = [one for one in store_cameras(store) if one.camera == CUTTING]
    frame_at = NOW - timedelta(seconds=1.5)
    with store.write(NOW) as unit:
        unit.set_camera(replace(cutting, state=CameraState.WATCHING, last_frame_at=frame_at))
    behind = {labels[0]: value for (name, labels), value in scraped(client).items() if name.endswith("behind_seconds")}
    assert behind[CUTTING] == 1.5
    assert SEWING not in behind  # blind


def store_cameras(store: Store) -> tuple[CameraStatus, ...]:
    with store.read() as view:
        return view.cameras()


def test_figures_name_cameras_but_no_orders_and_no_customers(client: Client) -> None:
    text = client.get(METRICS).text
    assert "sewing" in text
    for name in (LATE, "Northwind", "上海"):
        assert name not in text


def test_counts_appear_only_when_their_day_is_over(client: Client, store: Store, clock: Clock) -> None:
    counted: list[float] = []
    with store.write(NOW) as unit:
        before = [
            piece(60 * hours, "sew", seen_by=SEWING) for hours in (20, 14)
        ]  # yesterday at 18:32 and today at 00:32
        unit.record(
            SEWING, events=unassigned([*before, piece(1, "sew", seen_by=SEWING)]), stock=(), gaps=(), watermark=NOW
        )
    # today's pieces stay untold until 05:00 in Shanghai, when the production day ends
    for now in (NOW, datetime(2026, 3, 12, 20, 59, tzinfo=UTC), datetime(2026, 3, 12, 21, 0, tzinfo=UTC)):
        clock.now = now
        counted.append(scraped(client)["fairloom_events_previous_day", ()])
    assert counted == [2, 2, 4]


def test_nobodys_pace_can_be_read_from_the_figures(client: Client, store: Store, clock: Clock) -> None:
    before = scraped(client)
    clock.now = NOW + MINUTE
    with store.write(clock.now) as unit:
        sewn = piece(-0.5, "sew", seen_by=SEWING)
        given = [(sewn, Assignment(sewn.id, LATE, "the schedule says so"))]
        unit.record(SEWING, events=given, stock=(), gaps=(), watermark=clock.now)
    changed = {name for name, value in scraped(client).items() if before.get(name) != value}
    assert changed == {("fairloom_gap_seconds_total", ("sewing",)), ("fairloom_gap_seconds_total", ("packing",))}


def test_health_and_figures_are_never_kept(client: Client) -> None:
    assert {client.get(path).headers["cache-control"] for path in (HEALTH, METRICS)} == {"no-store"}


def test_the_database_file_is_not_named(broken: Client, store: Store) -> None:
    assert store.place.name not in broken.get("/").text
    assert store.place.name not in broken.get("/api/v1/orders").text


@pytest.mark.parametrize(
    ("state", "reason", "status", "shown"),
    [
        (CameraState.BLIND, GapReason.DARK, "ok", "covered"),  # whoever switches the light off may do so
        (CameraState.BLIND, GapReason.BLOCKED, "ok", "covered"),
        (CameraState.BLIND, GapReason.FROZEN, "degraded", "blind"),
        (CameraState.BLIND, GapReason.MOVED, "degraded", "blind"),
        (CameraState.BLIND, GapReason.CLOCK, "degraded", "blind"),
        (CameraState.WATCHING, GapReason.CLOCK, "degraded", "watching"),  # it counts, but nobody knows when
    ],
)
def test_why_a_camera_shows_nothing_decides_whether_that_is_an_alarm(
    empty_store: Store,
    client_of: Callable[..., Client],
    state: CameraState,
    reason: GapReason,
    status: str,
    shown: str,
) -> None:
    with empty_store.write(NOW) as unit:
        unit.set_camera(camera(SEWING, "counts", state=state, problem="in words"))
        unit.open_gap(Gap(SEWING, reason, NOW - MINUTE, None))
    client = client_of(empty_store)
    said = client.get(HEALTH).json()
    assert (said["status"], said["cameras"][0]["state"], said["cameras"][0]["reason"]) == (status, shown, reason.value)
    assert said["cameras"][0]["problem"] == "in words"
    assert all("in words" in why for why in said["reasons"])
    assert f'fairloom_gap_open{{camera="sewing",reason="{reason.value}"}} 1.0' in client.get(METRICS).text
    assert client.get("/").status_code == 200
