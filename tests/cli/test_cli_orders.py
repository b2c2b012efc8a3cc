"""The way of an order through the command, without any camera."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cli_shell import done, run_cli

from tracker.domain.estimates import Assignment
from tracker.domain.events import Direction, Event, Provenance, event_id
from tracker.domain.frames import CameraId, Moment
from tracker.domain.rules import CellId, RuleId, RuleKind, StepId
from tracker.store import CameraState, CameraStatus, open_store

TRAY, SEWN, SEW = CameraId("tray"), RuleId("sewn"), StepId("sew")
SEEN_AT = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)


def shop(*arguments: str) -> tuple[str, ...]:
    return (*arguments, "--workshop", "shop")


def seen_event(folder: Path, pieces: int = 3) -> Event:
    """Pieces that a camera counted and that nobody can attribute."""
    event = Event(
        id=event_id(TRAY, SEWN, Direction.IN, SEEN_AT, 0),
        camera=TRAY,
        rule=SEWN,
        kind=RuleKind.GATE,
        direction=Direction.IN,
        class_name="garment",
        pieces=pieces,
        moment=Moment(10, 1.0, SEEN_AT),
        decided_at=SEEN_AT,
        step=SEW,
        cell=None,
        provenance=Provenance.CAMERA,
    )
    nobody = Assignment(event.id, None, "2 open orders go through step sew")
    with open_store(folder / "shop" / "fairloom.db") as store, store.write(SEEN_AT) as unit:
        unit.record(TRAY, events=[(event, nobody)], stock=(), gaps=(), watermark=SEEN_AT)
    return event


def test_status_says_how_well_the_machine_keeps_up(here: Path) -> None:
    watching = CameraStatus(TRAY, "counts", "cpu", "default", None, SEEN_AT, 9000, 12, CameraState.WATCHING)
    with open_store(here / "shop" / "fairloom.db") as store, store.write(SEEN_AT + timedelta(seconds=0.2)) as unit:
        unit.set_camera(watching)
        unit.set_camera(replace(watching, camera=CameraId("door"), state=CameraState.STOPPED))
    said = done(*shop("status")).out
    assert "default on cpu, 0.2 s behind, 12 of 9000 frames dropped (0.1%)" in said
    assert said.count("behind") == 1
    cameras = {one["camera"]: one for one in done(*shop("status", "--json")).json["cameras"]}
    assert (cameras[TRAY]["frames"], cameras[TRAY]["dropped"], cameras[TRAY]["behind_s"]) == (9000, 12, 0.2)
    assert cameras["door"]["behind_s"] is None


def test_init_makes_a_workshop_that_works(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    ran = done("init", "lane", "--name", "Lane 9")
    assert f"made {tmp_path / 'lane'}" in ran.out
    assert (tmp_path / "lane" / "workshop.toml").read_text(encoding="utf-8").count('name = "Lane 9"') == 1
    assert (tmp_path / "lane" / "calibration" / "camera.toml.example").is_file()
    assert done("status", "-w", "lane").out.splitlines()[0] == "Lane 9"
    empty = done("orders", "list", "-w", "lane")
    assert empty.out == ""
    assert "no orders yet" in empty.err
    assert done("orders", "list", "-w", "lane", "--json").json == []


def test_init_keeps_what_lies_in_the_folder(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("fabric arrives on Tuesday")
    done("init", str(tmp_path))
    assert (tmp_path / "notes.txt").read_text() == "fabric arrives on Tuesday"


def test_the_workshop_may_be_named_by_the_environment(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FAIRLOOM_WORKSHOP", str(here / "shop"))
    assert len(done("orders", "list", "--json").json) == 2


@pytest.mark.parametrize("ending", ["csv", "xlsx"])
def test_the_template_can_be_imported_as_it_is(ending: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    done("init", "shop")
    assert done("orders", "template", f"o.{ending}").out == f"wrote o.{ending}\n"
    checked = done(*shop("orders", "import", f"o.{ending}", "--dry-run", "--json")).json
    assert checked["imported"] is False
    assert done(*shop("orders", "list", "--json")).json == []
    assert "2 order(s) checked" in done(*shop("orders", "import", f"o.{ending}", "--dry-run")).out
    imported = done(*shop("orders", "import", f"o.{ending}", "--json")).json
    assert imported == checked | {"imported": True}
    assert [order["id"] for order in imported["orders"]] == ["PO-1001", "PO-1002"]


def test_list_show_and_status_say_the_same_as_text_and_as_json(here: Path) -> None:
    listed = done(*shop("orders", "list", "--json")).json
    assert set(listed[0]) == {
        "id", "customer", "style", "unit", "quantity", "due", "state", "revision", "lines", "route", "weight_source",
        "estimate",
    }  # fmt: skip
    assert set(listed[0]["estimate"]) == {
        "as_of", "deliverable", "work_content", "steps", "finish", "p_on_time", "outlook", "none_due_yet",
        "stale_since", "shortfalls",
    }  # fmt: skip
    assert done(*shop("orders", "show", "PO-1001", "--json")).json == listed[0]
    status = done(*shop("status", "--json")).json
    assert status["orders"] == listed
    assert (status["workshop"], status["cameras"], status["gaps"]) == ("Lane 9", [], [])
    assert status["unassigned"] == {"events": 0, "pieces": 0, "forward": 0, "returned": 0, "latest": []}

    table = done(*shop("orders", "list")).out
    shown = done(*shop("orders", "show", "PO-1002")).out
    for order in listed:
        assert order["id"] in table
        assert order["customer"] in table
        assert order["due"] in table
    assert "route: cut > print* > sew > finish > qc > pack" in shown  # the star: done outside
    for line in listed[1]["lines"]:
        assert f"  {line['line']}: {line['quantity']}\n" in shown


def test_counts_by_hand_move_an_order_without_any_camera(here: Path) -> None:
    def work() -> float:
        return done(*shop("orders", "show", "PO-1001", "--json")).json["estimate"]["work_content"]["p50"]

    assert work() == 0
    done(*shop("correct", "PO-1001", "cut", "100"))
    after_cutting = work()
    answer = done(*shop("correct", "PO-1001", "sew", "60", "--json")).json
    assert answer["order"] == "PO-1001"
    assert answer["estimate"]["steps"]["sew"] == {"p10": 60, "p50": 60, "p90": 60}
    assert 0 < after_cutting < work() == answer["estimate"]["work_content"]["p50"]
    assert done(*shop("orders", "show", "PO-1002", "--json")).json["estimate"]["work_content"]["p50"] == 0
    assert "no camera has run yet; counts by hand work without one" in done(*shop("status")).out


def test_a_count_may_be_taken_back_and_be_of_one_line(here: Path) -> None:
    done(*shop("correct", "PO-1001", "sew", "60"))
    assert done(*shop("correct", "PO-1001", "sew", "40", "--json")).json["estimate"]["steps"]["sew"]["p50"] == 40
    label = done(*shop("orders", "show", "PO-1001", "--json")).json["lines"][1]["line"]
    ran = done(*shop("correct", "PO-1001", "pack", "12", "--line", label.upper(), "--json"))
    missing = {short["line"]: (short["good"], short["missing"]) for short in ran.json["estimate"]["shortfalls"]}
    assert missing[1] == (12, 18)


def test_show_explains_itself_when_asked_why(here: Path) -> None:
    done(*shop("correct", "PO-1001", "cut", "80", "--at", "2026-03-02T09:30:00+08:00"))
    event = seen_event(here)
    done(*shop("assign", str(event.id), "PO-1001", "--reason", "the blue pile"))
    evidence = done(*shop("orders", "show", "PO-1001", "--why", "--json")).json["evidence"]
    because = {step["step"]: step["because"] for step in evidence["steps"]}
    assert because["cut"] == ["80 counted by hand at 03-02 09:30"]
    assert because["pack"] == ["nothing known"]
    assert evidence["assigned"] == {"the blue pile": 3}
    text = done(*shop("orders", "show", "PO-1001", "--why")).out
    assert "  cut: 80 counted by hand at 03-02 09:30\n" in text
    assert "  3 pieces at sew, 03-02 09:00: the blue pile\n" in text
    assert "counted by hand" not in done(*shop("orders", "show", "PO-1001")).out


def test_status_says_that_a_video_has_ended(here: Path) -> None:
    over = CameraStatus(TRAY, "counts", "cpu", "default", None, SEEN_AT, 9000, 12, CameraState.ENDED)
    with open_store(here / "shop" / "fairloom.db") as store, store.write(SEEN_AT) as unit:
        unit.set_camera(over)
    assert "camera tray: video ended, default on cpu" in done(*shop("status")).out
    assert done(*shop("status", "--json")).json["cameras"][0]["state"] == "ended"


def test_a_return_of_nobodys_piece_shows_no_negative_number(here: Path) -> None:
    seen_event(here, -1)
    loose = done(*shop("status", "--json")).json["unassigned"]
    assert (loose["pieces"], loose["forward"], loose["returned"], loose["latest"][0]["pieces"]) == (0, 0, 1, -1)
    assert "unassigned: 0 pieces in 1 events (0 went forward, 1 came back)" in done(*shop("status")).out
    text = done(*shop("orders", "show", "PO-1001", "--why")).out
    assert "not given to any order: 1 pieces came back at sew, 03-02 09:00: 2 open orders" in text


def test_unassigned_pieces_are_given_to_an_order_and_taken_away_again(here: Path) -> None:
    event = seen_event(here)
    loose = done(*shop("status", "--json")).json["unassigned"]
    assert (loose["events"], loose["pieces"]) == (1, 3)
    assert loose["latest"] == [
        {
            "event_id": str(event.id),
            "step": "sew",
            "pieces": 3,
            "at": SEEN_AT.isoformat(),
            "reason": "2 open orders go through step sew",
        }
    ]
    assert "unassigned: 3 pieces in 1 events" in done(*shop("status")).out
    assert done(*shop("assign", str(event.id), "PO-1002")).out == f"{event.id}: PO-1002\n"
    assert done(*shop("status", "--json")).json["unassigned"]["events"] == 0
    assert done(*shop("orders", "show", "PO-1002", "--why", "--json")).json["evidence"]["assigned"] == {
        "assigned by hand": 3
    }
    done(*shop("assign", str(event.id), "none"))
    assert done(*shop("status", "--json")).json["unassigned"]["pieces"] == 3


def test_a_schedule_is_kept_with_its_cell_and_hours(here: Path) -> None:
    hours = ("--from", "2026-03-02T08:00:00+08:00", "--to", "2026-03-02T18:00:00+08:00")
    ran = done(*shop("orders", "schedule", "PO-1002", "sew", "--cell", "A", *hours))
    assert ran.out == "PO-1002 at sew in cell A from 2026-03-02T00:00:00+00:00\n"
    done(*shop("orders", "schedule", "PO-1001", "cut"))
    with open_store(here / "shop" / "fairloom.db") as store, store.read() as view:
        (first,), (second,) = view.schedule("PO-1002"), view.schedule("PO-1001")
    assert (first.step, first.cell) == (SEW, CellId("A"))
    assert (first.start, first.end) == (datetime(2026, 3, 2, tzinfo=UTC), datetime(2026, 3, 2, 10, tzinfo=UTC))
    assert (second.cell, second.end) == (None, None)


@pytest.mark.parametrize(
    ("before", "after", "place"),
    [
        (",20,piece", ",some,piece", "G2"),  # a quantity in words
        (
            "PO-1002,ACME,S-200,shirt,white 白,L,40",
            "PO-1002,ACME,S-200,shirt,white 白,L,-40",
            "G7",
        ),  # the last row only
        ("2026-12-01", "2026-13-01", "I2"),  # no such month
    ],
)
def test_one_fault_and_nothing_is_imported(before: str, after: str, place: str, here: Path) -> None:
    done("init", "new")
    sheet = here / "orders.csv"
    text = sheet.read_text(encoding="utf-8-sig")
    assert before in text
    sheet.write_text(text.replace(before, after, 1), encoding="utf-8")
    ran = run_cli("orders", "import", "orders.csv", "-w", "new")
    assert (ran.code, ran.out) == (3, "")
    assert "nothing was imported" in ran.err
    assert f"\n  {place}: " in ran.err
    assert done("orders", "list", "-w", "new", "--json").json == []


def test_what_a_header_means_is_remembered(here: Path) -> None:
    done("init", "new")
    text = (here / "orders.csv").read_text(encoding="utf-8-sig").replace("订单号 Order,", "Zettel,")
    (here / "first.csv").write_text(text, encoding="utf-8")
    (here / "second.csv").write_text(text.replace("PO-", "PX-"), encoding="utf-8")
    assert run_cli("orders", "import", "first.csv", "-w", "new").code == 3
    done("orders", "import", "first.csv", "--map", "Zettel=order", "--dry-run", "-w", "new")
    assert run_cli("orders", "import", "first.csv", "-w", "new").code == 3  # a dry run remembers nothing
    done("orders", "import", "first.csv", "--map", "Zettel=order", "-w", "new")
    done("orders", "import", "second.csv", "-w", "new")
    ids = [order["id"] for order in done("orders", "list", "-w", "new", "--json").json]
    assert ids == ["PO-1001", "PO-1002", "PX-1001", "PX-1002"]
