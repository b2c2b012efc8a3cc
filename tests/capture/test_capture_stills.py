"""A still now and then: which pictures are taken, what is a gap and what is not, live and from a file."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import av.error
import pytest
from av.video.frame import VideoFrame
from capture_clips import CAMERA, NOON, Clip, damage, frames_in, gaps_in
from rtsp_camera import Film, RtspCamera, wandering_square

from tracker.capture import LiveSource, PacedFile, ReplaySource, StillsFeed, StreamFeed, resolve_url
from tracker.capture.feeds import Received, Sign, StreamLostError, TimedPicture, Wanted
from tracker.capture.files import decoded, key_frames
from tracker.domain.frames import Frame, Gap, GapReason
from tracker.domain.sources import Stills

EVEN = {"bf": "0", "g": "5", "crf": "10", "sc_threshold": "0"}
"""A key frame every half second at ten frames a second, and nowhere else."""


def replay(path: Path, every_s: float) -> ReplaySource:
    return ReplaySource(path, camera=CAMERA, start=NOON, fps=Stills(every_s))


@pytest.mark.parametrize(
    ("every_s", "times"),
    [
        (1.0, [0.0, 1.0, 2.0, 3.0]),
        (0.7, [0.0, 1.0, 1.5, 2.5, 3.0, 3.5]),  # key frames every half second: the first at or after each due time
        (0.25, [0.0, 0.5, 1.0, 1.5, 2.0, 2.5, 3.0, 3.5]),  # oftener than there are key frames
        (60.0, [0.0]),
    ],
)
def test_a_replay_takes_the_first_key_frame_of_each_stretch(tmp_path: Path, every_s: float, times: list[float]) -> None:
    path = Clip(frames=40, rate=10, codec_options=EVEN).write(tmp_path / "clip.mp4")
    source = replay(path, every_s)
    items = list(source)
    assert [item.moment.t_s for item in frames_in(items)] == times
    assert gaps_in(items) == []
    assert source.warning is None
    assert {item.camera for item in items} == {source.camera}
    assert [item.moment for item in frames_in(source)] == [item.moment for item in frames_in(items)]


def test_only_key_frames_are_decoded_even_where_frames_are_reordered(tmp_path: Path) -> None:
    clip = Clip(frames=60, rate=10, codec_options={"bf": "3", "g": "20", "crf": "10", "sc_threshold": "0"})
    frames = frames_in(replay(clip.write(tmp_path / "clip.mkv"), 2.0))
    assert [round(frame.moment.t_s, 1) for frame in frames] == [0.0, 2.0, 4.0]
    assert [frame.moment.frame for frame in frames] == [0, 1, 2]


def test_stills_show_what_the_film_shows(tmp_path: Path) -> None:
    path = Clip(frames=40, rate=10, codec_options=EVEN).write(tmp_path / "clip.mp4")
    film = {frame.moment.t_s: frame for frame in frames_in(ReplaySource(path, camera=CAMERA, start=NOON))}
    for still in frames_in(replay(path, 1.0)):
        assert (still.picture.y == film[still.moment.t_s].picture.y).all()
        assert still.moment.at == film[still.moment.t_s].moment.at


def test_key_frames_too_far_apart_are_a_gap(tmp_path: Path) -> None:
    options = {"bf": "0", "g": "25", "crf": "10", "sc_threshold": "0"}
    path = Clip(frames=40, rate=10, codec_options=options).write(tmp_path / "clip.mp4")
    (gap,) = gaps_in(replay(path, 1.0))
    assert gap.reason is GapReason.UNREADABLE
    assert (gap.start - NOON).total_seconds() == 0.0
    assert gap.end is not None
    assert (gap.end - NOON).total_seconds() == 2.5


@pytest.mark.parametrize(
    ("broken", "gaps"),
    [
        (slice(10, 11), []),  # one still missed
        (slice(10, 25), [(0.5, 2.5)]),  # three missed
        (slice(0, 15), []),  # the replay begins with the first that can be read
        (slice(30, 40), [(2.5, 4.0)]),  # the end is missing
    ],
)
def test_a_still_that_does_not_decode_is_missed(tmp_path: Path, broken: slice, gaps: list[tuple[float, float]]) -> None:
    path = Clip(frames=40, rate=10, codec_options=EVEN).write(tmp_path / "clip.mp4")
    damage(path, broken)
    found = gaps_in(replay(path, 0.5))
    assert [((gap.start - NOON).total_seconds(), gap.end and (gap.end - NOON).total_seconds()) for gap in found] == gaps


@dataclass
class ScriptedFeed:
    """Connections one after the other; each offers pictures and then breaks. The clock moves by its script alone."""

    clock: Clock
    connections: list[tuple[int, float]]
    """Pictures offered, one a second, and how long the connection then takes to break."""
    opened: int = 0

    def pictures(self, wait: Callable[[float], None], wanted: Wanted | None = None) -> Generator[Received]:
        assert wanted is not None
        if self.opened == len(self.connections):
            return
        offered, silent_s = self.connections[self.opened]
        self.opened += 1
        for _ in range(offered):
            if wanted():
                yield TimedPicture(0, VideoFrame(64, 48, "yuv420p"))
            yield Sign.NOTHING_YET
            self.clock.now += 1
        self.clock.now += silent_s
        raise StreamLostError(GapReason.DISCONNECTED, f"connection {self.opened} broke")

    def redact(self, text: str) -> str:
        return text.replace("secret", "***")


@dataclass
class Clock:
    now: float = 1000.0

    def wait(self, seconds: float) -> None:
        self.now += seconds


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr("tracker.capture.stills.monotonic", lambda: clock.now)
    return clock


def taken(clock: Clock, connections: list[tuple[int, float]], every_s: float = 10.0) -> tuple[list[float], str]:
    """When stills were taken, seconds since the start, and why it ended."""
    feed = StillsFeed(ScriptedFeed(clock, connections), Stills(every_s))
    times: list[float] = []
    stills = (item for item in feed.pictures(clock.wait) if isinstance(item, TimedPicture))
    try:
        times.extend(item.elapsed_us / 1e6 for item in stills)
    except StreamLostError as lost:
        return times, lost.problem
    return times, "ended"


@pytest.mark.parametrize(
    ("connections", "times", "end"),
    [
        ([(35, 0)], [0, 10, 20, 30], "ended"),  # on the grid
        ([(5, 8), (20, 0)], [0, 15, 20, 30], "ended"),  # a loss that is over in time: late, then on the grid again
        ([(5, 0), (3, 0), (20, 0)], [0, 12, 20, 30], "ended"),  # two losses
        ([(0, 3)], [], "connection 1 broke"),  # never seen: said at once
        ([(5, 16)], [0], "connection 1 broke"),  # two stills missed
        ([(5, 8), (0, 2), (0, 2)], [0], "connection 3 broke"),  # missed while it was tried
    ],
)
def test_a_loss_is_said_when_two_stills_are_missed(
    clock: Clock, connections: list[tuple[int, float]], times: list[float], end: str
) -> None:
    assert taken(clock, connections) == (times, end)


def test_a_feed_of_stills_keeps_the_secrets_of_what_it_reads(clock: Clock) -> None:
    assert StillsFeed(ScriptedFeed(clock, []), Stills(5)).redact("a secret") == "a ***"


def test_a_file_plays_as_stills(tmp_path: Path) -> None:
    path = Clip(frames=40, rate=100).write(tmp_path / "clip.mp4")
    source = LiveSource(StillsFeed(PacedFile(path), Stills(0.15)), camera=CAMERA, clock=lambda: NOON)
    items = list(source)
    assert 2 <= source.stats.decoded <= 3
    assert all(isinstance(item, Frame) for item in items)
    assert source.stats.via == "file"


@pytest.mark.socket
def test_a_live_camera_gives_stills_and_a_short_loss_between_them_is_none() -> None:
    with RtspCamera(Film.of(wandering_square(20), rate=20, key_every=2)) as camera:
        feed = StillsFeed(StreamFeed(resolve_url(camera.url(), {})), Stills(4.0))
        source = LiveSource(feed, camera=CAMERA, clock=lambda: datetime.now(UTC))
        found: list[Frame | Gap] = []
        for item in source:
            found.append(item)
            if len(found) == 1:
                camera.hang_up()
            else:
                break
    assert all(isinstance(item, Frame) for item in found)
    first, second = (item.moment.t_s for item in found if isinstance(item, Frame))
    assert second - first >= 3.9
    assert source.stats.decoded == 2
    assert camera.sent > 20


@pytest.mark.socket
def test_a_camera_that_sends_no_key_frames_is_a_gap() -> None:
    film = Film.of(wandering_square(400), rate=20, key_every=400)
    with RtspCamera(film) as camera:
        address = resolve_url(camera.url(), {})
        feed = StreamFeed(address, picture_timeout_s=0.4)
        wanted = iter([True])
        with pytest.raises(StreamLostError, match=r"no key frame for 0\.4 s") as lost:
            list(feed.pictures(lambda _: None, lambda: next(wanted, False)))
    assert lost.value.reason is GapReason.UNREADABLE


class UnreadableFile:
    """An open file of which nothing can be read on."""

    def demux(self, stream: object) -> Generator[object]:
        raise av.error.FFmpegError(5, "Input/output error")
        yield


@pytest.mark.parametrize("read", [decoded, key_frames])
def test_a_file_that_cannot_be_read_on_is_broken_there(read: Callable[..., Iterator[object]]) -> None:
    assert list(read(UnreadableFile(), None)) == [None]


def test_the_path_of_a_file_is_no_secret() -> None:
    assert PacedFile(Path("a.mp4")).redact("a.mp4") == "a.mp4"
