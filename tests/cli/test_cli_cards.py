"""From printed sheets to counted pieces, through the command."""

from __future__ import annotations

import io
from datetime import datetime, timedelta
from pathlib import Path
from unittest.mock import patch

import cv2
import numpy as np
import pytest
from cli_shell import CALIBRATION, NOW, Ran, done, run_cli
from pictured_cards import qr

from tracker.domain.cards import OrderCard, read_code
from tracker.domain.frames import CameraId
from tracker.domain.orders import OrderId, OrderState
from tracker.domain.rules import CountUnit, GateRule, RuleId, StepId, Target
from tracker.store import open_store

SHOP = ("--workshop", "shop")


def tickets(*options: str, order: str = "PO-1001") -> dict:
    return done("tickets", order, *options, "--json", *SHOP).json


def scan(lines: str, *options: str) -> Ran:
    with patch("sys.stdin", io.StringIO(lines)):
        return run_cli("scan", *options, *SHOP)


def test_sheets_are_printed_and_the_card_stays_the_same(here: Path) -> None:
    made = tickets()
    assert Path(made["file"]).read_bytes().startswith(b"%PDF")
    assert (made["file"], made["card"], made["tag_mm"], made["qr_mm"]) == ("PO-1001-tickets.pdf", 0, 60, 22)
    assert sum(bundle["quantity"] for bundle in made["bundles"]) == 100
    assert made["bundles"][2] | {"code": ""} == {"bundle": 3, "line": "navy 藏青 M", "quantity": 10, "code": ""}
    assert tickets("--bundle-size", "0", "--out", "card.pdf") | {"bundles": []} == made | {
        "file": "card.pdf",
        "bundles": [],
    }
    assert tickets("--cell", "east")["card"] == 1
    assert tickets(order="PO-1002")["card"] == 2
    said = done("tickets", "PO-1001", "--out", "菲票.pdf", *SHOP).out
    assert said == "wrote 菲票.pdf: order card 0 (tag 60 mm), 10 bundle tickets (QR 22 mm)\n"


def camera(here: Path, view: str) -> None:
    text = CALIBRATION.replace("\n[[rules]]", f"{view}\n[[rules]]", 1)
    (here / "shop" / "calibration" / "table.toml").write_text(text, encoding="utf-8")


def test_sheets_are_sized_for_a_camera(here: Path) -> None:
    camera(here, "view = { width_mm = 2500, width_px = 1920 }\n")
    ran = done("tickets", "PO-1001", "--camera", "table", "--json", *SHOP)
    assert (ran.json["tag_mm"], ran.json["qr_mm"], ran.json["camera_reads_tickets"]) == (42, 22, False)
    assert "at 0.77 pixels a millimetre no bundle ticket is large enough" in ran.err
    near = tickets("--px-per-mm", "3")
    assert (near["tag_mm"], near["camera_reads_tickets"]) == (30, True)
    assert near["qr_mm"] > 30


@pytest.mark.parametrize(
    ("view", "options", "code", "what"),
    [
        ("", ("--camera", "table"), 3, "does not say how large things look"),
        ("view = { width_mm = 9000, width_px = 640 }\n", ("--camera", "table"), 3, "camera table reads no order card"),
        ("", ("--camera", "tabel"), 4, "no camera 'tabel'; expected one of: table"),
        ("", ("--camera", "table", "--px-per-mm", "1"), 2, "contradict"),
        ("", ("--out", "no/such/folder.pdf"), 3, "cannot be written"),
        ("", ("--out", "card.txt"), 2, "--out card.txt; expected a file whose name ends in .pdf"),
    ],
)
def test_what_cannot_be_printed_is_said(view: str, options: tuple[str, ...], code: int, what: str, here: Path) -> None:
    camera(here, view)
    ran = run_cli("tickets", "PO-1001", *options, *SHOP)
    assert (ran.code, what in ran.err) == (code, True), ran.err


def test_an_order_that_is_unknown_or_over_is_not_printed(here: Path) -> None:
    assert run_cli("tickets", "PO-9", *SHOP).code == 4
    set_state(here, "PO-1002", OrderState.CANCELLED)
    assert run_cli("tickets", "PO-1002", *SHOP).code == 5


@pytest.mark.parametrize(("order", "name"), [("a/b:c", "a_b_c"), ("..", "order"), ("订单 1.", "订单 1")])
def test_an_order_number_becomes_a_file_name_everywhere(order: str, name: str) -> None:
    from tracker.cli.tickets import _file_name  # noqa: PLC0415

    assert _file_name(order) == name


def set_state(here: Path, order: str, state: OrderState) -> None:
    with open_store(here / "shop" / "fairloom.db") as store, store.write(NOW) as unit:
        unit.set_order_state(OrderId(order), state)


def test_a_bundle_ticket_counts_once_at_a_step(here: Path) -> None:
    codes = [bundle["code"] for bundle in tickets()["bundles"]]
    ran = scan(f"{codes[0]}\n\n{codes[1]}\r\n{codes[0]}\n", "--step", "sew")
    assert ran.code == 0, ran.err
    assert ran.out.splitlines() == [
        "bundle 1 of PO-1001: 10 of navy 藏青 S through sew",
        "bundle 2 of PO-1001: 10 of navy 藏青 S through sew",
        "bundle 1 of PO-1001 was counted at sew before and counts once",
        "20 pieces from 3 codes, 1 scanned before",
    ]
    assert scan(codes[0], "--step", "qc", "--json").json["pieces"] == 10
    shown = done("orders", "show", "PO-1001", "--why", "--json", *SHOP).json
    assert shown["estimate"]["steps"]["sew"]["p50"] >= 20
    assert [(g["step"], g["pieces"], g["events"], g["reason"]) for g in shown["evidence"]["attributed"]] == [
        ("sew", 20, 2, "a bundle ticket of PO-1001 was scanned at step sew"),
        ("qc", 10, 1, "a bundle ticket of PO-1001 was scanned at step qc"),
    ]


PLACES = (
    ((), None, None),  # no camera counts there
    ((), "east", "east"),
    ((None,), None, None),  # a camera that knows no cells sees the same pieces
    ((None,), "east", None),
    (("east",), None, "east"),  # the only cell there is
    (("east",), "west", "west"),  # another cell, whose pieces add up
    (("east", "west"), "west", "west"),
    ((None, "east"), None, None),
)


def rules(here: Path, cells: tuple[str | None, ...]) -> None:
    counted = [
        GateRule(RuleId(f"line{n}"), Target((), CountUnit.PIECE, 1, StepId("sew"), cell), (0.5, 1.0), (0.5, 0.0))
        for n, cell in enumerate(cells)
    ]
    with open_store(here / "shop" / "fairloom.db") as store, store.write(NOW) as unit:
        unit.set_camera_rules(CameraId("table"), counted)


@pytest.mark.parametrize(("cells", "given", "counted_in"), PLACES)
def test_tickets_count_where_the_camera_of_the_step_does(
    cells: tuple[str | None, ...], given: str | None, counted_in: str | None, here: Path
) -> None:
    rules(here, cells)
    scan(tickets()["bundles"][0]["code"], "--step", "sew", *(("--cell", given) if given else ()))
    with open_store(here / "shop" / "fairloom.db") as store, store.read() as view:
        (kept,) = view.events()
    assert kept.event.cell == counted_in


def test_a_card_is_for_a_cell_that_the_workshop_has(here: Path) -> None:
    assert run_cli("tickets", "PO-1001", "--cell", "eats", *SHOP).code == 0, "a workshop that names no cells takes any"
    corner = '\n[[rules]]\nid = "busy"\nkind = "activity"\nzone = [[0, 0], [1, 0], [1, 1]]\ncell = "north"\n'
    text = CALIBRATION + 'cell = "west"\n' + corner
    (here / "shop" / "calibration" / "table.toml").write_text(text, encoding="utf-8")
    rules(here, ("east", None))
    done("orders", "schedule", "PO-1001", "sew", "--cell", "south", *SHOP)
    ran = run_cli("tickets", "PO-1001", "--cell", "eats", *SHOP)
    assert ran.code == 4
    assert "no cell 'eats'; did you mean 'east'?" in ran.err
    assert "expected one of: east, north, south, west" in ran.err
    for cell in ("east", "north", "south", "west"):
        assert tickets("--cell", cell)["cell"] == cell


def test_tickets_of_a_step_with_several_cells_need_one(here: Path) -> None:
    rules(here, ("west", "east"))
    ran = scan(tickets()["bundles"][0]["code"], "--step", "sew")
    assert (ran.code, "sew is counted in 2 cells; expected --cell east or --cell west" in ran.err) == (2, True)


def test_codes_come_from_a_file_too(here: Path) -> None:
    codes = [bundle["code"] for bundle in tickets()["bundles"]]
    (here / "扫码.txt").write_text("\n".join(codes), encoding="utf-8-sig")
    assert done("scan", "扫码.txt", "--step", "sew", "--json", *SHOP).json["pieces"] == 100


FAULTS = (
    ("6901234567892", ("--step", "sew"), 3, "line 1: code '6901234567892' is not ours"),
    ("{ticket}x", ("--step", "sew"), 3, "garbled on its way"),
    ("{ticket}", ("--step", "knit"), 4, "has no step 'knit'; expected one of: cut, sew"),
    ("{ticket}", ("--cell", "east"), 2, "scanned at no step; expected --step STEP"),
    ("{card}", ("--step", "sew"), 2, "scanned for no cell; expected --cell CELL"),
    ("{card}", ("--cell", "west"), 5, "is for cell east only; got cell west"),
    ("FC1:BA65:99:PO-1001", ("--cell", "east"), 4, "no order card 99"),
    ("{wrong}", ("--cell", "east"), 5, "it is the card of PO-1001 by now"),
    ("{foreign}", ("--step", "sew"), 4, "no order 'PO-77'"),
    ("{line}", ("--step", "sew"), 4, "expected one of the 4 lines of the order"),
)


@pytest.mark.parametrize(("code", "options", "exit_code", "what"), FAULTS)
def test_a_code_that_cannot_be_taken_says_why_and_the_others_count(
    code: str, options: tuple[str, ...], exit_code: int, what: str, here: Path
) -> None:
    from dataclasses import replace  # noqa: PLC0415

    made = tickets("--cell", "east")
    ticket = read_code(made["bundles"][0]["code"])
    codes = {
        "ticket": ticket.code,
        "card": OrderCard(made["card"], OrderId("PO-1001")).code,
        "wrong": OrderCard(made["card"], OrderId("PO-1002")).code,
        "foreign": replace(ticket, order=OrderId("PO-77")).code,
        "line": replace(ticket, line=8).code,
    }
    wanted = OrderCard(99, OrderId("PO-1001")).code if "FC1:BA65" in code else code.format(**codes)
    good = made["bundles"][1]["code"]
    ran = scan(f"{wanted}\n{good}\n", *options, "--json")
    assert (ran.code, what in ran.err) == (exit_code, True), ran.err
    assert len(ran.json["faults"]) == 1 + (options[1] in {"knit", "east", "west"})
    assert ran.json["pieces"] == (10 if options == ("--step", "sew") else 0)


def test_an_order_that_takes_no_pieces_now_takes_no_tickets_and_no_cards(here: Path) -> None:
    made = tickets()
    set_state(here, "PO-1001", OrderState.HELD)
    card = OrderCard(made["card"], OrderId("PO-1001")).code
    ran = scan(f"{made['bundles'][0]['code']}\n{card}\n", "--step", "sew", "--cell", "east")
    assert ran.code == 5
    assert ran.err.count("takes no pieces now; expected an accepted order; got held") == 2
    assert ran.out == "0 pieces from 0 codes, 2 not taken\n"


@pytest.mark.parametrize(
    ("options", "code", "what"),
    [
        ((), 2, "nothing says what the codes are for"),
        (("codes.txt", "--photo", "p.jpg", "--step", "sew"), 2, "a file of codes and a photo at once"),
        (("nowhere.txt", "--step", "sew"), 3, "nowhere.txt cannot be read"),
    ],
)
def test_a_scan_of_nothing_is_refused(options: tuple[str, ...], code: int, what: str, here: Path) -> None:
    ran = run_cli("scan", *options, *SHOP)
    assert (ran.code, what in ran.err) == (code, True), ran.err


def test_a_scanned_card_binds_its_cell_until_its_time_is_over(here: Path) -> None:
    made = tickets()
    code = OrderCard(made["card"], OrderId("PO-1001")).code
    ran = scan(code, "--cell", "east", "--hold", "2")
    assert "what passes in cell east belongs to PO-1001 until 2026-11-23T04:00:00+00:00" in ran.out
    with open_store(here / "shop" / "fairloom.db") as store, store.read() as view:
        (sighting,) = view.card_sightings()
    assert (sighting.cell, sighting.card, sighting.at) == ("east", 0, NOW)
    assert sighting.until == NOW + timedelta(hours=2)


def photo(here: Path, *, px: int, name: str = "photo.jpg") -> Path:
    """The order card, photographed: dim and compressed."""
    from tracker.detect import tag_cells  # noqa: PLC0415
    from tracker.report import Sheets, make_pictures, prints_for  # noqa: PLC0415

    with open_store(here / "shop" / "fairloom.db") as store, store.read() as view:
        order = view.order(OrderId("PO-1001"))
    sheets = Sheets(order, OrderCard(0, order.id), tag_cells(0), None, (), prints_for(None))
    (page,) = make_pictures(sheets, made_at=datetime.fromisoformat("2026-11-23T08:00:00+08:00"), ppi=px)
    dim = cv2.imdecode(np.frombuffer(page, np.uint8), cv2.IMREAD_COLOR) * 0.7
    (here / name).write_bytes(cv2.imencode(".jpg", dim)[1].tobytes())
    return here / name


@pytest.mark.parametrize("ppi", [150, 25])
def test_a_photo_of_a_card_binds_by_its_qr_code_or_from_afar_by_its_tag(ppi: int, here: Path) -> None:
    tickets()
    path = photo(here, px=ppi)
    ran = done("scan", "--photo", str(path), "--cell", "east", "--json", *SHOP)
    assert [taken["what"].split(" until")[0] for taken in ran.json["codes"]] == [
        "card 0: what passes in cell east belongs to PO-1001"
    ]


def test_a_photo_of_a_bundle_ticket_counts_it(here: Path) -> None:
    code = qr(tickets()["bundles"][0]["code"], 6)
    (here / "ticket.jpg").write_bytes(cv2.imencode(".jpg", code)[1].tobytes())
    assert done("scan", "--photo", "ticket.jpg", "--step", "sew", "--json", *SHOP).json["pieces"] == 10


def test_a_photo_with_a_foreign_code_or_none_says_so(here: Path) -> None:
    (here / "foreign.png").write_bytes(cv2.imencode(".png", qr("hello", 8))[1].tobytes())
    ran = run_cli("scan", "--photo", "foreign.png", "--step", "sew", *SHOP)
    assert (ran.code, "foreign.png: code 'hello' is not ours" in ran.err) == (3, True)
    (here / "grey.png").write_bytes(cv2.imencode(".png", np.full((80, 80), 99, np.uint8))[1].tobytes())
    ran = run_cli("scan", "--photo", "grey.png", "--step", "sew", *SHOP)
    assert (ran.code, "no code found" in ran.err) == (4, True)


def test_why_groups_what_was_attributed_and_what_was_not(here: Path) -> None:
    from test_cli_orders import seen_event  # noqa: PLC0415

    seen_event(here)
    shown = done("orders", "show", "PO-1001", "--why", *SHOP).out
    assert "  not given to any order: 3 pieces at sew, 03-02 09:00: 2 open orders go through step sew\n" in shown
    codes = [bundle["code"] for bundle in tickets()["bundles"]]
    scan("\n".join(codes[:3]), "--step", "sew", "--cell", "east")
    shown = done("orders", "show", "PO-1001", "--why", *SHOP).out
    assert "  30 pieces at sew, cell east, 11-23 10:00: a bundle ticket of PO-1001 was scanned at step sew\n" in shown
