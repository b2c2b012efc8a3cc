"""Calibration files: what counts is read, and every fault is named with its key and what was probably meant."""

from __future__ import annotations

from pathlib import Path

import pytest

from tracker.config import check_classes, load_calibration
from tracker.detect.card import load_card
from tracker.domain.errors import CalibrationError
from tracker.domain.optics import Lens, Optics
from tracker.domain.rules import ActivityRule, CountUnit, GateRule, StockRule, TransferRule
from tracker.domain.sources import Stills, Transport, UsbFormat, UsbMode

HEAD = 'camera = "table-1"\npurpose = "Counts finished shirts at the hand-over table"\n'
ZONES = """
[zones]
basket = [[0.05, 0.1], [0.4, 0.1], [0.4, 0.9], [0.05, 0.9]]
tray = [[0.6, 0.1], [0.95, 0.1], [0.95, 0.9], [0.6, 0.9]]
"""
GATE = '\n[[rules]]\nid = "line"\nkind = "gate"\nline = [[0.0, 0.5], [1, 0.5]]\n'
TRANSFER = '\n[[rules]]\nid = "done"\nkind = "transfer"\nfrom = "basket"\nto = "tray"\n'
STOCK = '\n[[rules]]\nid = "wip"\nkind = "stock"\nzone = "tray"\n'
ACTIVITY = '\n[[rules]]\nid = "busy"\nkind = "activity"\nzone = "tray"\nseats = 3\n'
WHOLE = HEAD + ZONES + GATE + TRANSFER + STOCK + ACTIVITY


@pytest.fixture
def load(tmp_path):
    def read(text):
        path = tmp_path / "table-1.toml"
        path.write_text(text, encoding="utf-8")
        return load_calibration(path)

    return read


@pytest.fixture
def faults(load):
    def read(text):
        with pytest.raises(CalibrationError) as caught:
            load(text)
        return str(caught.value)

    return read


def test_every_kind_of_rule_is_read(load):
    file = load('source = "rtsp://cam:${CAM_PASSWORD}@10.0.0.7/1"\nfps = 5\n' + WHOLE)
    gate, transfer, stock, activity = file.calibration.rules
    assert isinstance(gate, GateRule)
    assert (gate.start, gate.end, gate.target.classes, gate.target.unit) == (
        (0.0, 0.5),
        (1.0, 0.5),
        (),
        CountUnit.PIECE,
    )
    assert isinstance(transfer, TransferRule)
    assert (transfer.source.name, transfer.destination.name) == ("basket", "tray")
    assert isinstance(stock, StockRule)
    assert isinstance(activity, ActivityRule)
    assert activity.seats == 3
    assert (file.fps, file.source, file.calibration.camera) == (5, "rtsp://cam:${CAM_PASSWORD}@10.0.0.7/1", "table-1")


def test_zones_may_be_written_in_place_and_masks_by_name(load):
    text = (
        HEAD
        + 'masks = ["tray", [[0, 0], [0.1, 0], [0.1, 0.1]]]\n'
        + ZONES
        + STOCK.replace('"tray"', "[[0,0],[0.3,0],[0.3,1]]")
    )
    calibration = load(text).calibration
    assert len(calibration.masks) == 2
    assert calibration.rules[0].zone.polygon == ((0, 0), (0.3, 0), (0.3, 1))


def test_byte_order_mark_of_a_windows_editor_is_no_fault(tmp_path):
    path = tmp_path / "a.toml"
    path.write_text(HEAD + GATE, encoding="utf-8-sig")
    assert load_calibration(path).calibration.camera == "table-1"


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        # keys
        ("purpose", "purpos", ["unknown key 'purpos'", "'purpose'", "missing key 'purpose'"]),  # a typing mistake
        ("[zones]", "[zone]", ["unknown key 'zone'; did you mean 'zones'?"]),
        ("line = [[0.0", "lines = [[0.0", ["unknown key 'rules.line.lines'; did you mean 'line'?"]),  # inside a rule
        ('to = "tray"', 'too = "tray"', ["unknown key 'rules.done.too'; did you mean 'to'?"]),
        ("seats = 3", "seat = 3", ["unknown key 'rules.busy.seat'; did you mean 'seats'?"]),
        ("seats = 3", "line = [[0,0],[1,1]]", ["unknown key 'rules.busy.line'"]),  # another rule's key
        # values
        ('"gate"', '"gatte"', ["gate", "transfer"]),  # an unknown kind lists the known ones
        ("seats = 3", "seats = 0", ["rules.busy.seats", "expected at least 1"]),
        ("seats = 3", "seats = true", ["rules.busy.seats", "whole number"]),  # TOML's true is no 1
        ("seats = 3", 'seats = "3"', ["rules.busy.seats", "whole number"]),  # nor is a word
        ('id = "line"', 'id = "a line"', ["rules[0].id"]),  # ids go into event ids: no spaces
        ("Counts finished shirts at the hand-over table", "count", ["purpose", "at least 10"]),  # the notice prints it
        # geometry
        ("[[0.0, 0.5], [1, 0.5]]", "[[0.5, 0.5], [0.5, 0.5]]", ["rules.line.line", "can't be crossed, it is a point"]),
        ("[[0.0, 0.5], [1, 0.5]]", "[[0.0, 1.0], [1, 1.0]]", ["can't be crossed", "picture's edge"]),
        ("[[0.0, 0.5], [1, 0.5]]", "[[0.0, 0.0], [0, 1.0]]", ["can't be crossed"]),
        ("[[0.0, 0.5], [1, 0.5]]", "[[0, 216], [768, 216]]", ["look like pixels", "768"]),
        ("[[0.0, 0.5], [1, 0.5]]", "[[-0.2, 0.5], [1, 0.5]]", ["outside the picture", "-0.2"]),
        ("[[0.0, 0.5], [1, 0.5]]", "[[0.0, 0.5], [nan, 0.5]]", ["finite"]),
        ("[[0.0, 0.5], [1, 0.5]]", "[[0.0, 0.5]]", ["rules.line.line", "at least 2"]),
        ("[0.4, 0.9], [0.05, 0.9]]", "[0.05, 0.9], [0.4, 0.9]]", ["zones.basket", "edges cross"]),  # a bow tie
        ("[0.4, 0.1], [0.4, 0.9], [0.05, 0.9]]", "[0.06, 0.1], [0.06, 0.11]]", ["zones.basket", "too small"]),
        ("[0.4, 0.1], [0.4, 0.9], [0.05, 0.9]]", "[1.4, 0.1], [0.4, 0.9]]", ["zones.basket", "got 1.4"]),
        ("[0.4, 0.1], [0.4, 0.9], [0.05, 0.9]]", "[0.4, 0.1]]", ["zones.basket", "at least 3"]),  # two corners
        ("[[0.6, 0.1]", "[[0.3, 0.1]", ["rules.done", "overlap"]),  # a piece could be in both
        # references
        ('from = "basket"', 'from = "baskt"', ["rules.done.from", "no zone 'baskt'; did you mean 'basket'?"]),
        ('id = "wip"', 'id = "line"', ["id 'line' is used 2 times"]),
    ],
)
def test_fault_is_named(faults, old, new, words):
    assert WHOLE.count(old) >= 1
    message = faults(WHOLE.replace(old, new, 1))
    for word in words:
        assert word in message


def test_every_fault_is_told_at_once(faults):
    text = WHOLE.replace("[[0.0, 0.5], [1, 0.5]]", "[[0.5, 0.5], [0.5, 0.5]]").replace('to = "tray"', 'to = "try"')
    assert "2 fault(s)" in faults(text)
    text = WHOLE.replace("seats = 3", "seat = 3").replace("purpose", "purpos").replace("[zones]", "[zone]")
    assert "4 fault(s)" in faults(text)  # three unknown keys and a missing one


def test_line_wholly_under_a_mask_cannot_be_crossed(faults):
    text = HEAD + "masks = [[[0, 0.4], [1, 0.4], [1, 0.6], [0, 0.6]]]\n" + GATE
    assert "under a mask" in faults(text)


def test_line_partly_under_a_mask_can(load):
    load(HEAD + "masks = [[[0, 0.4], [0.5, 0.4], [0.5, 0.6], [0, 0.6]]]\n" + GATE)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"camera = ", "not valid TOML"),
        (b"camera = 'a'\ncamera = 'b'", "not valid TOML"),  # a key twice
        ("camera = '车间'".encode("gb18030"), "UTF-8"),  # saved by an old Chinese editor
        (b"", "missing key"),
    ],
)
def test_file_that_is_no_calibration(tmp_path, content, words):
    (tmp_path / "a.toml").write_bytes(content)
    with pytest.raises(CalibrationError, match=words):
        load_calibration(tmp_path / "a.toml")


def test_missing_file_says_how_to_get_one(tmp_path):
    with pytest.raises(CalibrationError, match=r"does not exist.*tracker init"):
        load_calibration(tmp_path / "nowhere.toml")


@pytest.mark.parametrize(
    ("classes", "words"),
    [
        ('classes = ["shirt"]', None),
        ('classes = "any"', None),
        ('classes = ["shirts"]', "counts 'shirts'.*did you mean 'shirt'"),
    ],
)
def test_rule_may_only_count_what_the_model_sees(load, classes, words):
    calibration = load(HEAD + GATE + classes + "\n").calibration
    if words is None:
        check_classes(calibration, ("shirt", "sleeve"))
    else:
        with pytest.raises(CalibrationError, match=words):
            check_classes(calibration, ("shirt", "sleeve"))


SHIPPED = Path(__file__).parents[2] / "calibration"


@pytest.mark.parametrize("path", sorted(SHIPPED.glob("*.toml")), ids=lambda path: path.stem)
def test_shipped_calibrations_are_right_and_the_default_model_sees_what_they_count(path):
    file = load_calibration(path)
    check_classes(file.calibration, load_card(SHIPPED.parent / "models" / "default").labels)
    assert f"`{path.name}`" in (SHIPPED / "README.md").read_text(encoding="utf-8")


CARDED = GATE + 'cards = "basket"\n'


def test_a_rule_says_where_its_card_lies_and_how_long_it_holds(load):
    gate, stock = load(HEAD + ZONES + CARDED + "card_hold_h = 2\n" + STOCK).calibration.rules
    assert (gate.target.cards.zone.name, gate.target.cards.hold_s) == ("basket", 7200.0)
    assert stock.target.cards is None
    (gate,) = load(HEAD + GATE + "cards = [[0, 0], [0.2, 0], [0.2, 0.2]]\n").calibration.rules
    assert gate.target.cards.hold_s == 8 * 3600


def test_the_scale_of_the_view_is_read(load):
    assert load("view = { width_mm = 2500, width_px = 1920 }\n" + WHOLE).px_per_mm == pytest.approx(0.768)
    assert load(WHOLE).px_per_mm is None


def test_a_camera_may_be_left_out_where_empty_rooms_are_learnt(load):
    assert load(WHOLE).learn_empty
    assert not load("learn_empty = false\n" + WHOLE).learn_empty


def test_a_place_for_cards_that_cannot_work_is_a_fault(faults):
    assert "rules.line.cards: no zone 'baskte'; did you mean 'basket'?" in faults(
        HEAD + ZONES + GATE + 'cards = "baskte"\n'
    )
    assert "card_hold_h" in faults(HEAD + ZONES + CARDED + "card_hold_h = 48\n")
    assert "unknown key 'rules.busy.cards'" in faults(HEAD + ZONES + ACTIVITY + 'cards = "basket"\n')
    masked = faults('masks = ["basket", "tray"]\n' + HEAD + ZONES + CARDED)
    assert "rules.line.cards: zone 'basket' lies under a mask" in masked
    assert "view.width_px" in faults("view = { width_mm = 2500, width_px = 0 }\n" + WHOLE)


def test_how_a_camera_hangs_and_is_asked_is_read(load):
    file = load(
        'source = "usb:HD Webcam"\nrotate = 270\nmirror = true\nlens = {fx = 0.8, fy = 1.42, k1 = -0.3, zoom = 0.9}\n'
        'usb = {format = "mjpeg", width = 1280, height = 720, rate = 15}\nmasks = ["tray"]\n' + WHOLE
    )
    assert file.optics == Optics(file.calibration.masks, 270, mirror=True, lens=Lens(0.8, 1.42, k1=-0.3, zoom=0.9))
    assert file.usb == UsbMode(UsbFormat.MJPEG, (1280, 720), 15)
    assert (file.stills, file.transport) == (None, Transport.AUTO)


def test_nothing_said_leaves_a_camera_as_it_is(load):
    file = load(WHOLE)
    assert (file.optics, file.usb, file.stills) == (Optics(), UsbMode(), None)


def test_stills_are_read(load):
    file = load('source = "onvif://192.0.2.7/sub"\ntransport = "udp"\nevery_s = 30\n' + HEAD + ZONES + STOCK)
    assert (file.stills, file.fps, file.transport) == (Stills(30), None, Transport.UDP)
    assert file.stills.patience_s == 60


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("every_s = 30\n" + WHOLE, "rules.line: gate needs a film, and every_s gives a still every 30 s"),
        ("every_s = 30\n" + WHOLE, "rules.done: transfer needs a film"),
        ("every_s = 30\n" + WHOLE, "rules.busy: activity needs a film"),
        ("every_s = 30\nfps = 5\n" + HEAD + ZONES + STOCK, "leave out fps or every_s"),
        ("every_s = 2\n" + HEAD + ZONES + STOCK, "every_s: expected at least 5"),
        ("rotate = 45\n" + WHOLE, "rotate: expected 0, 90, 180 or 270, got 45"),
        ("lens = {fx = 0.8}\n" + WHOLE, "missing key 'lens.fy'"),
        ("lens = {fx = 0.8, fy = 1, k9 = 1}\n" + WHOLE, "unknown key 'lens.k9'; did you mean 'k"),
        ("lens = {fx = 0.0, fy = 1}\n" + WHOLE, "lens.fx: expected more than 0"),
        ("lens = {fx = 900, fy = 900}\n" + WHOLE, "lens.fx: expected less than 10"),
        ('source = "usb:0"\nusb = {width = 640}\n' + WHOLE, "usb: a size is a width and a height"),
        ('usb = {rate = 5}\nsource = "a.mp4"\n' + WHOLE, "usb: only a USB source can be asked so; got source 'a.mp4'"),
        ('transport = "udp"\n' + WHOLE, "transport: only an RTSP or ONVIF source has one; got source None"),
        ('transport = "http"\nsource = "rtsp://h/"\n' + WHOLE, "transport: expected 'auto', 'tcp' or 'udp'"),
    ],
)  # fmt: skip
def test_keys_that_cannot_be_are_refused(faults, text, fault):
    assert fault in faults(text)


def test_a_stock_in_a_zone_that_is_not_there_is_refused(faults):
    assert "rules.wip.zone: no zone 'shelf'" in faults(HEAD + ZONES + STOCK.replace('"tray"', '"shelf"'))


def test_faults_of_form_and_of_geometry_come_in_one_round(faults):
    text = WHOLE.replace("[[0.0, 0.5], [1, 0.5]]", "[[0.5, 0.5], [0.5, 0.5]]").replace("seats = 3", "seat = 3")
    message = faults("masks = [[[0, 0]], 'baskt']\n" + text.replace("purpose", "purpos"))
    assert "6 fault(s)" in message
    for words in (
        "missing key 'purpose'",
        "unknown key 'purpos'",
        "unknown key 'rules.busy.seat'",
        "masks[0]: expected at least 3 items",
        "masks[1]: no zone 'baskt'; did you mean 'basket'?",
        "rules.line.line: can't be crossed",
    ):
        assert words in message


def test_a_zone_that_cannot_be_read_is_told_once(faults):
    message = faults(
        WHOLE.replace("[0.4, 0.1], [0.4, 0.9], [0.05, 0.9]]", "[0.4, 0.1]]", 1).replace('"tray"', '"tra"', 1)
    )
    assert "zones.basket: expected at least 3 items" in message
    assert "no zone 'basket'" not in message
    assert "no zone 'tra'; did you mean 'tray'?" in message


def test_a_rule_that_cannot_be_read_hides_no_other_fault(faults):
    message = faults("rotate = 45\n" + WHOLE.replace("seats = 3", "seats = 0").replace("[1, 0.5]]", "[0.0, 0.5]]"))
    assert "3 fault(s)" in message
    assert "rules.busy.seats: expected at least 1" in message
    assert "rules.line.line: can't be crossed" in message


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("view = 5\n", "view: expected a table, got 5"),
        ("masks = 5\n", "masks: expected a list in [brackets], got 5"),
        ("masks = [5]\n", "masks[0]: expected"),  # neither a name nor corners
        ("purpos = {a = 1}\n", "unknown key 'purpos'"),
        ("lens = {fx = 'wide', fy = 1}\n", "lens.fx: expected a number, got 'wide'"),
        ("mirror = 1\n", "mirror: expected true or false, got 1"),
        ("lens = {fx = 1, fy = 1, foo = 2}\n", "unknown key 'lens.foo'"),
    ],
)
def test_a_fault_is_said_in_words_for_people_and_hides_no_other(faults, text, words):
    message = faults(text + WHOLE.replace("[1, 0.5]]", "[0.0, 0.5]]"))
    assert words in message
    assert "rules.line.line: can't be crossed" in message
    assert "Input should" not in message


def test_rules_that_are_no_tables_are_told(faults):
    start = WHOLE.split("[[rules]]")[0]
    assert "rules: expected a list in [brackets], got 5" in faults("rules = 5\n" + start)
    assert "rules[0]" in faults("rules = [5]\n" + start)
    assert "missing key 'rules'" in faults(start)
