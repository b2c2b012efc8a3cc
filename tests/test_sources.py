"""From a camera's calibration to its counts: every source is wired as it says, stills count, sizes may change."""

from __future__ import annotations

from pathlib import Path

import pytest
from pictured_things import CAMERA, START, TARGET, SquareFinder, calibration, write_video

from tracker.cameras import feed_of
from tracker.capture import OnvifFeed, PacedFile, ReplaySource, StillsFeed, StreamFeed, UsbFeed
from tracker.config import load_calibration
from tracker.domain.frames import Frame
from tracker.domain.rules import RuleId, StockRule, Zone
from tracker.domain.sources import Stills, Transport, UsbFormat, UsbMode
from tracker.pipeline import CameraPipeline
from tracker.replay import replay

RIGHT = Zone("right", ((0.52, 0.05), (0.97, 0.05), (0.97, 0.95), (0.52, 0.95)))
STOCK = StockRule(RuleId("wip"), TARGET, RIGHT)
HEAD = """camera = "table"
purpose = "Counts finished shirts at the table"
rules = [{id = "wip", kind = "stock", zone = [[0, 0], [1, 0], [1, 1]]}]
"""


# --- wiring ---------------------------------------------------------------------------------------------------------


def wired(folder: Path, keys: str):
    path = folder / "table.toml"
    path.write_text(keys + HEAD, encoding="utf-8")
    (folder / "shift.mp4").touch()
    return feed_of(load_calibration(path))


@pytest.mark.parametrize(
    ("keys", "feed"),
    [
        ('source = "shift.mp4"', PacedFile),
        ('source = "rtsp://192.0.2.7/1"', StreamFeed),
        ('source = "http://192.0.2.7/video"', StreamFeed),
        ('source = "onvif://192.0.2.7/sub"', OnvifFeed),
        ('source = "usb:HD Webcam"', UsbFeed),
    ],
)
def test_each_source_has_its_feed_as_a_film_and_as_stills(tmp_path: Path, keys: str, feed: type) -> None:
    film = wired(tmp_path, keys + "\n")
    assert isinstance(film, feed)
    stills = wired(tmp_path, keys + "\nevery_s = 30\n")
    assert isinstance(stills, StillsFeed)
    assert isinstance(stills.feed, feed)
    assert stills.stills == Stills(30)
    if feed is not PacedFile:
        assert (film.picture_timeout_s, stills.feed.picture_timeout_s) == (15, 60)


def test_what_a_camera_is_asked_for_reaches_its_feed(tmp_path: Path) -> None:
    usb = wired(tmp_path, 'source = "usb:/dev/video2"\nusb = {format = "mjpeg", width = 640, height = 480}\n')
    assert (usb.camera, usb.mode) == ("/dev/video2", UsbMode(UsbFormat.MJPEG, (640, 480)))
    for source in ("rtsp", "onvif"):
        feed = wired(tmp_path, f'source = "{source}://192.0.2.7/1"\ntransport = "udp"\n')
        assert feed.transport is Transport.UDP


# --- stills ---------------------------------------------------------------------------------------------------------

WAYS = (
    [(0, 220, 50), (90, 220, 50)],  # lies there all the time
    [(0, 60, 130), (20, 60, 130), (21, 260, 130), (60, 260, 130)],  # comes, and is taken away
)


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_video(tmp_path_factory.mktemp("stills") / "table.mp4", WAYS, seconds=90)


def test_stills_read_a_stock_as_often_as_a_film_changes_it(film: Path) -> None:
    source = ReplaySource(film, camera=CAMERA, start=START, fps=Stills(10))
    result = replay(source, calibration(STOCK), SquareFinder())
    assert result.frames == 9
    assert result.gaps == ()
    # What changed is read in the next still, the same again after half a minute; two stills make the first reading.
    readings = [(reading.moment.t_s, reading.count) for reading in result.stock]
    assert readings == [(10.0, 1), (30.0, 2), (60.0, 2), (70.0, 1)]


def test_a_stock_from_stills_does_not_depend_on_looking_at_changes_only(film: Path) -> None:
    def read(*, every_frame: bool) -> list[tuple[float, int]]:
        pipeline = CameraPipeline(calibration(STOCK), SquareFinder(), every_frame=every_frame)
        found = []
        for seen in ReplaySource(film, camera=CAMERA, start=START, fps=Stills(10)):
            assert isinstance(seen, Frame)
            found += [(reading.moment.t_s, reading.count) for reading in pipeline.update(seen).stock]
        return found

    assert read(every_frame=False) == read(every_frame=True)
