"""Pictures without people from the command line."""

from __future__ import annotations

from pathlib import Path

import av
import cv2
import numpy as np
import pytest
from av.video.frame import VideoFrame
from cli_shell import done, run_cli
from privacy_room import Finder, Maker, empty_room, patches

from tracker.capture import ReplaySource, StreamFeed
from tracker.privacy import PeopleEye, Watcher

ROOM = empty_room()
BLUE = (150, 60, 30)
CALIBRATION = """camera = "table"
purpose = "Counts finished shirts at the hand-over table"
source = "{source}"
{every}

[[rules]]
id = "wip"
kind = "stock"
zone = [[0.1, 0.1], [0.9, 0.1], [0.9, 0.9], [0.1, 0.9]]
"""


def film(path: Path, *parts: tuple[np.ndarray, float]) -> Path:
    """Pictures, each shown for so many seconds, two a second."""
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=2, options={"bf": "0", "crf": "12", "g": "4"})
        stream.width, stream.height, stream.pix_fmt = ROOM.shape[1], ROOM.shape[0], "yuv420p"
        number = 0
        for bgr, seconds in parts:
            for _ in range(int(seconds * 2)):
                frame = VideoFrame.from_ndarray(bgr, format="bgr24").reformat(format="yuv420p")
                frame.pts = number
                container.mux(stream.encode(frame))
                number += 1
        container.mux(stream.encode())
    return path


def with_piece() -> np.ndarray:
    room = ROOM.copy()
    room[150:210, 200:270] = BLUE
    return room


@pytest.fixture
def sight(monkeypatch: pytest.MonkeyPatch):
    """Models that find what is blue, and whoever wears the maker's clothes."""

    def blue(bgr):
        return (bgr[..., 0] > 120) & (bgr[..., 2] < 70)

    def cloth(bgr):
        return (bgr[..., 2] > 90) & (bgr[..., 1] < 70)

    garments = Finder(("garment",), patches(blue, score=0.8, class_id=0, least=200))
    people = Finder(("person",), patches(cloth, score=0.5, class_id=0))
    eye = PeopleEye([Watcher(people, np.array([True]))])
    monkeypatch.setattr("tracker.detect.load_detector", lambda *_, **__: garments)
    monkeypatch.setattr("tracker.cameras.detector_of", lambda _: garments)
    monkeypatch.setattr("tracker.scenes.people_eye", lambda *_, **__: eye)


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    """A workshop whose one camera is a film: the empty room."""
    done("init", str(tmp_path / "车间"))
    folder = tmp_path / "车间"
    for path in (folder / "calibration").glob("*.toml"):
        path.unlink()
    (folder / "calibration" / "table.toml").write_text(
        CALIBRATION.format(source="table.mp4", every=""), encoding="utf-8"
    )
    film(folder / "calibration" / "table.mp4", (ROOM, 14))
    return folder


def picture(path: Path) -> np.ndarray:
    return cv2.imdecode(np.fromfile(path, np.uint8), cv2.IMREAD_UNCHANGED)


def is_hers(bgr: np.ndarray) -> bool:
    """Whether the maker's clothes can be seen."""
    return bool(((bgr[..., 2] > 100) & (bgr[..., 1] < 60)).sum() > 20)


def test_a_camera_is_learnt_when_it_is_empty_and_shown_without_whoever_came(sight, shop: Path) -> None:
    ran = done("camera", "empty", "table", "--for", "10", "-w", str(shop))
    assert "table: 100% of the picture may be shown" in ran.out
    assert "look at the file" in ran.err
    film(shop / "calibration" / "table.mp4", (Maker().draw(with_piece())[0], 8))
    out = shop / "图" / "now.png"
    ran = done("camera", "scene", "table", "--out", str(out), "--photos", "-w", str(shop))
    assert "of the picture is shown, 1 pieces, 0 of them as the camera saw them" in ran.err
    assert not is_hers(picture(out))
    film(shop / "calibration" / "table.mp4", (with_piece(), 8))
    ran = done("camera", "scene", "table", "--out", str(out), "--photos", "-w", str(shop))
    assert "1 pieces, 1 of them as the camera saw them" in ran.err


def test_an_empty_view_is_told_to_programs_and_a_camera_of_stills_is_watched_longer(sight, shop: Path) -> None:
    (shop / "calibration" / "table.toml").write_text(
        CALIBRATION.format(source="table.mp4", every="every_s = 5"), encoding="utf-8"
    )
    film(shop / "calibration" / "table.mp4", (ROOM, 61))
    answer = done("camera", "empty", "table", "--for", "10", "--json", "-w", str(shop)).json
    assert answer == {"camera": "table", "background": str(shop / "backgrounds" / "table.png"), "shown": 1.0}


def test_whoever_sits_there_while_it_is_said_to_be_empty_is_not_kept(sight, shop: Path) -> None:
    film(shop / "calibration" / "table.mp4", (Maker().draw(ROOM)[0], 14))
    answer = done("camera", "empty", "table", "--for", "10", "--json", "-w", str(shop)).json
    assert 0.1 < answer["shown"] < 0.9
    assert not is_hers(picture(shop / "backgrounds" / "table.png"))


WRONG = [
    # arguments, exit code, what is said
    (("camera", "scene", "table", "--out", "a.png"), 4, "run `tracker camera empty table`"),
    (
        ("camera", "scene", "door", "--out", "a.png"),
        4,
        "there is no camera 'door' with a source; expected one of: table",
    ),
]


@pytest.mark.parametrize(("arguments", "code", "said"), WRONG, ids=[row[2] for row in WRONG])
def test_what_cannot_be_shown_says_why(shop: Path, arguments, code: int, said: str) -> None:
    ran = run_cli(*arguments, "-w", str(shop))
    assert ran.code == code
    assert said in ran.err


def test_where_empty_rooms_are_learnt_one_may_also_wait(shop: Path) -> None:
    settings = (shop / "workshop.toml").read_text(encoding="utf-8")
    waits = "or wait: `tracker run` learns it from four quiet hours"
    assert waits not in run_cli("camera", "scene", "table", "--out", "a.png", "-w", str(shop)).err
    asked = settings.replace("learn_empty = false", "learn_empty = true")
    (shop / "workshop.toml").write_text(asked, encoding="utf-8")
    ran = run_cli("camera", "scene", "table", "--out", "a.png", "-w", str(shop))
    assert ran.code == 4
    assert waits in " ".join(ran.err.split())


def test_a_replay_ends_with_a_scene(sight, shop: Path, tmp_path: Path) -> None:
    video = film(tmp_path / "day.mp4", (ROOM, 12), (Maker().draw(with_piece())[0], 6))
    camera = shop / "calibration" / "table.toml"
    out = tmp_path / "end.png"
    assert done("replay", str(video), "-c", str(camera)).err == ""
    assert not out.exists()
    ran = done("replay", str(video), "-c", str(camera), "--scene", str(out), "--empty-until", "11")
    assert "of the picture is shown, 1 pieces" in ran.err
    assert not is_hers(picture(out))
    ran = done("replay", str(video), "-c", str(camera), "--scene", str(out))
    assert "nothing of the room is shown" in ran.err
    assert not is_hers(picture(out))


def test_places_that_look_like_people_in_a_scene_are_told(sight, shop: Path, monkeypatch) -> None:
    done("camera", "empty", "table", "--for", "10", "-w", str(shop))
    film(shop / "calibration" / "table.mp4", (ROOM, 3))  # shorter than what a camera is watched for
    shelf = Finder(("person",), lambda picture: [[10, 5, 70, 40, 0.5, 0]] if picture.width == 480 else [])
    monkeypatch.setattr("tracker.scenes.people_eye", lambda *_, **__: PeopleEye([Watcher(shelf, np.array([True]))]))
    ran = done("camera", "scene", "table", "--out", str(shop / "a.png"), "-w", str(shop))
    assert "places that may show a person are hidden" in ran.err


def test_what_belongs_to_a_scene_needs_one(sight, shop: Path, tmp_path: Path) -> None:
    video = film(tmp_path / "day.mp4", (ROOM, 2))
    ran = run_cli("replay", str(video), "-c", str(shop / "calibration" / "table.toml"), "--photos")
    assert ran.code == 3
    assert "--empty-until and --photos belong to a scene" in ran.err
    short = ("--scene", str(tmp_path / "a.png"), "--empty-until", "2")
    assert "too short" in run_cli("replay", str(video), "-c", str(shop / "calibration" / "table.toml"), *short).err


def test_a_camera_on_the_network_is_watched_live(sight, shop: Path, monkeypatch) -> None:
    (shop / "calibration" / "table.toml").write_text(
        CALIBRATION.format(source="rtsp://192.0.2.7/1", every=""), encoding="utf-8"
    )

    def live(feed, *, camera, clock, optics, fps):
        assert isinstance(feed, StreamFeed)
        return ReplaySource(shop / "calibration" / "table.mp4", camera=camera, optics=optics, fps=fps)

    monkeypatch.setattr("tracker.capture.LiveSource", live)
    assert done("camera", "empty", "table", "--for", "10", "--json", "-w", str(shop)).json["shown"] == 1
