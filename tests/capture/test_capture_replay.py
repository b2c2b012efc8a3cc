"""A file replayed: every due frame, in order, the same every time; broken files say so."""

from __future__ import annotations

import gc
import socket
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta, timezone
from itertools import pairwise
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import av
import numpy as np
import pytest
from av.video.plane import VideoPlane
from capture_clips import CAMERA, NOON, Clip, damage, frames_in, gaps_in, lossless

from tracker.capture import ReplaySource
from tracker.capture.files import recorded_at
from tracker.domain.errors import ConfigError, SourceError
from tracker.domain.frames import Frame, Gap, GapReason
from tracker.domain.optics import Optics
from tracker.domain.rules import Zone

SAMPLES = Path(__file__).parents[2] / "../shared/data/intel-sample-videos"


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return Clip().write(tmp_path_factory.mktemp("clips") / "clip.mp4")


def replay(path: Path, **options: Any) -> ReplaySource:
    return ReplaySource(path, camera=CAMERA, **options)


def fingerprint(item: Frame | Gap) -> object:
    if isinstance(item, Gap):
        return item
    picture = item.picture
    return item.moment, picture.full_range, picture.y.tobytes(), picture.u.tobytes(), picture.v.tobytes()


def test_every_frame_comes_in_order_with_its_time(clip: Path) -> None:
    frames = list(replay(clip, start=NOON))
    assert [frame.moment.frame for frame in frames] == list(range(20))
    assert [frame.moment.t_s for frame in frames] == [number / 10 for number in range(20)]
    assert [frame.moment.at for frame in frames] == [NOON + timedelta(seconds=number / 10) for number in range(20)]
    brightness = [frame.picture.y[30:].mean() for frame in frames]
    assert brightness == sorted(brightness)
    assert brightness[0] < brightness[-1]


def test_the_same_file_gives_the_same_frames_twice(clip: Path) -> None:
    source = replay(clip)
    first = [fingerprint(item) for item in source]
    assert [fingerprint(item) for item in source] == first
    assert [fingerprint(item) for item in replay(clip)] == first


@pytest.mark.parametrize(
    ("fps", "numbers"),
    [
        (5.0, range(0, 20, 2)),
        (10.0, range(20)),
        (25.0, range(20)),  # more than there are: each once
        (3.0, [0, 3, 7, 10, 13, 17]),  # due at 0, 0.33, 0.67 ...: the nearest of those 0.1 s apart
        (0.5, [0]),  # the next would be due after the end
    ],
)
def test_fewer_frames_are_the_ones_nearest_to_each_due_time(clip: Path, fps: float, numbers: Iterable[int]) -> None:
    source = replay(clip, fps=fps)
    assert [frame.moment.frame for frame in source] == list(numbers)
    assert source.total_frames == pytest.approx(len(numbers), abs=1)


@pytest.mark.parametrize(
    ("metadata", "start"),
    [
        ({"creation_time": "2026-02-03T04:05:06Z"}, datetime(2026, 2, 3, 4, 5, 6, tzinfo=UTC)),
        ({"creation_time": "1904-01-01T00:00:00Z"}, datetime(1970, 1, 1, tzinfo=UTC)),  # a camera without a clock
        ({}, datetime(1970, 1, 1, tzinfo=UTC)),
    ],
)
def test_a_replay_starts_when_the_file_says_it_was_recorded(
    tmp_path: Path, metadata: dict[str, str], start: datetime
) -> None:
    path = Clip(frames=2, metadata=metadata).write(tmp_path / "clip.mp4")
    source = replay(path)
    assert source.start == start
    assert next(iter(source)).moment.at == start


@pytest.mark.parametrize("creation_time", ["2026-02-03T04:05:06", "yesterday", "", "0001-01-01T00:00:00+12:00"])
def test_a_recording_time_that_means_nothing_is_not_used(creation_time: str) -> None:
    assert recorded_at(SimpleNamespace(metadata={"creation_time": creation_time})) is None


def test_a_given_start_is_told_in_utc(clip: Path) -> None:
    shanghai = timezone(timedelta(hours=8))
    source = replay(clip, start=datetime(2026, 3, 2, 20, 0, tzinfo=shanghai))
    assert source.start.utcoffset() == timedelta(0)
    assert source.start == NOON


@pytest.mark.parametrize("options", [{"start": datetime(2026, 3, 2)}, {"fps": 0.0}, {"fps": float("nan")}])  # noqa: DTZ001
def test_arguments_that_cannot_be_are_refused(clip: Path, options: dict[str, Any]) -> None:
    with pytest.raises(ConfigError):
        replay(clip, **options)


@pytest.mark.parametrize(
    ("suffix", "clip_options"),
    [
        ("gif", {"codec": "gif", "pix_fmt": "rgb8", "codec_options": {}}),
        ("avi", {"codec": "mpeg4", "codec_options": {}}),
        ("mkv", {}),
        ("ts", {}),
        ("h264", {}),  # carries no stamps at all: they follow from the frame rate
        ("webm", {"codec": "libvpx", "codec_options": {}}),
        ("mp4", {"codec_options": {"bf": "3"}}),  # decoded in another order than shown
    ],
)
def test_any_container_gives_all_frames_at_rising_times(
    tmp_path: Path, suffix: str, clip_options: dict[str, Any]
) -> None:
    path = Clip(**clip_options).write(tmp_path / f"clip.{suffix}")
    source = replay(path)
    frames = list(source)
    assert len(frames) == 20
    assert source.warning is None
    times = [frame.moment.t_s for frame in frames]
    assert times[0] == 0
    assert all(later > earlier for earlier, later in pairwise(times))


@pytest.mark.parametrize(
    ("rgb", "pix_fmt", "yuv"),
    [
        ((255, 255, 255), "yuv420p", (235, 128, 128)),
        ((255, 255, 255), "yuv422p", (235, 128, 128)),
        ((255, 255, 255), "yuv420p10le", (235, 128, 128)),
        ((255, 255, 255), "gray", (235, 128, 128)),
        ((255, 255, 255), "bgr0", (235, 128, 128)),
        ((255, 0, 0), "yuv422p", (81, 90, 240)),
        ((255, 0, 0), "yuv444p", (81, 90, 240)),
        ((255, 0, 0), "bgr0", (81, 90, 240)),
    ],
)
def test_every_pixel_format_becomes_planar_420(
    tmp_path: Path, rgb: tuple[int, int, int], pix_fmt: str, yuv: tuple[int, int, int]
) -> None:
    frame = next(iter(replay(lossless(tmp_path / "flat.mkv", rgb, pix_fmt))))
    picture = frame.picture
    assert (picture.height, picture.width) == (16, 32)
    assert not picture.full_range
    for plane, value in zip((picture.y, picture.u, picture.v), yuv, strict=True):
        assert np.abs(plane.astype(int) - value).max() <= 2


def test_jpeg_range_is_told(tmp_path: Path) -> None:
    path = Clip(frames=2, codec="mjpeg", pix_fmt="yuvj420p", codec_options={}).write(tmp_path / "clip.avi")
    assert next(iter(replay(path))).picture.full_range


def test_odd_sizes_keep_their_last_row_and_column(tmp_path: Path) -> None:
    path = lossless(tmp_path / "odd.mkv", (10, 200, 30), "yuv420p", width=33, height=17)
    picture = next(iter(replay(path))).picture
    assert picture.y.shape == (17, 33)
    assert picture.u.shape == picture.v.shape == (9, 17)
    assert np.ptp(picture.y) <= 1  # the conversion dithers
    assert np.ptp(picture.u) <= 1


@pytest.mark.parametrize(("degrees", "shape"), [(90, (64, 48)), (180, (48, 64)), (-90, (64, 48))])
def test_a_telephone_held_upright_is_shown_upright(tmp_path: Path, degrees: int, shape: tuple[int, int]) -> None:
    upright = next(iter(replay(Clip(frames=2).write(tmp_path / "upright.mp4")))).picture
    turned = next(iter(replay(Clip(frames=2, rotation=degrees).write(tmp_path / "turned.mp4")))).picture
    assert turned.y.shape == shape
    np.testing.assert_array_equal(turned.y, np.rot90(upright.y, degrees // 90))
    np.testing.assert_array_equal(turned.u, np.rot90(upright.u, degrees // 90))


def test_pictures_are_views_that_outlive_the_source_and_cannot_be_written(clip: Path) -> None:
    with replay(clip) as source:
        frames = list(source)
    copies = [frame.picture.y.copy() for frame in frames]
    del source
    gc.collect()
    list(replay(clip))  # reuses whatever memory was given back
    for frame, copy in zip(frames, copies, strict=True):
        assert isinstance(frame.picture.y.base, VideoPlane)
        np.testing.assert_array_equal(frame.picture.y, copy)
    with pytest.raises(ValueError, match="read-only"):
        frames[0].picture.u[0, 0] = 0


def test_masks_are_burnt_into_every_frame_and_spoil_no_later_one(clip: Path) -> None:
    left_half = Zone("door", ((0.0, 0.0), (0.5, 0.0), (0.5, 1.0), (0.0, 1.0)))
    open_view = list(replay(clip))
    masked = list(replay(clip, optics=Optics(masks=(left_half,))))
    for seen, hidden in zip(open_view, masked, strict=True):
        assert (hidden.picture.y[:, :32] == 16).all()
        assert (hidden.picture.u[:, :16] == 128).all()
        np.testing.assert_array_equal(hidden.picture.y[:, 36:], seen.picture.y[:, 36:])


@pytest.mark.parametrize(
    ("suffix", "clip_options"),
    [
        ("mp4", {"container_options": {"movflags": "faststart"}}),  # the index comes first, the samples are missing
        ("mkv", {}),
        ("avi", {"codec": "mpeg4", "codec_options": {"g": "5"}}),
    ],
)
def test_a_cut_file_gives_what_decodes_and_then_a_gap(
    tmp_path: Path, suffix: str, clip_options: dict[str, Any]
) -> None:
    whole = Clip(frames=60, **clip_options).write(tmp_path / f"whole.{suffix}")
    cut = tmp_path / f"cut.{suffix}"
    cut.write_bytes(whole.read_bytes()[: int(whole.stat().st_size * 0.6)])
    source = replay(cut, start=NOON)
    *frames, gap = source
    assert 5 < len(frames) < 60
    expected = list(replay(whole, start=NOON))[: len(frames) - 1]  # the very last may be a torn one
    assert [fingerprint(frame) for frame in frames[:-1]] == [fingerprint(frame) for frame in expected]
    assert isinstance(gap, Gap)
    assert gap.reason is GapReason.UNREADABLE
    assert gap.start == frames[-1].moment.at
    assert gap.end is not None
    assert gap.end - NOON == pytest.approx(timedelta(seconds=6), abs=timedelta(seconds=0.2))
    assert source.warning is not None
    assert "cut short" in source.warning


def test_a_damaged_stretch_in_the_middle_is_a_closed_gap(tmp_path: Path) -> None:
    path = Clip(frames=80).write(tmp_path / "clip.mp4")
    damage(path, slice(30, 60))
    source = replay(path, start=NOON)
    items = list(source)
    (gap,) = gaps_in(items)
    position = items.index(gap)
    assert gap.start == items[position - 1].moment.at
    assert gap.end == items[position + 1].moment.at
    assert gap.end - gap.start == timedelta(seconds=3.1)
    assert frames_in(items)[-1].moment.t_s == 7.9
    assert source.decode_errors == 30


def test_joined_recordings_go_on_in_time(tmp_path: Path) -> None:
    clip = Clip(frames=20).write(tmp_path / "clip.ts").read_bytes()
    joined = tmp_path / "joined.ts"
    joined.write_bytes(clip * 3)
    times = [frame.moment.t_s for frame in frames_in(replay(joined))]
    assert len(times) == 60
    assert times == pytest.approx([number / 10 for number in range(60)])


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("empty.mp4", b"", "an empty file"),
        ("noise.mp4", np.random.default_rng(1).bytes(50_000), "cannot be read"),
        ("notes.txt", b"shirts, 120 pieces\n" * 200, "text"),  # FFmpeg would film it
        ("script.py", b"print('hello')\n" * 200, "cannot be read"),
        ("words.srt", b"1\n00:00:01,000 --> 00:00:02,000\nhello\n", "subtitle only"),
    ],
)
def test_what_is_no_video_is_refused_by_name(tmp_path: Path, name: str, content: bytes, words: str) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(SourceError) as refusal:
        replay(path)
    assert name in str(refusal.value)
    assert words in str(refusal.value)


def test_missing_files_and_folders_are_refused(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="No such file"):
        replay(tmp_path / "nowhere.mp4")
    with pytest.raises(SourceError, match="folder"):
        replay(tmp_path)
    with pytest.raises(SourceError, match="null"):
        replay(Path("a\0b.mp4"))


def test_sound_without_pictures_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "sound.mp4"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("aac", rate=8000)
        sound = av.AudioFrame.from_ndarray(np.zeros((1, 1024), np.float32), format="fltp", layout="mono")
        sound.sample_rate, sound.pts = 8000, 0
        container.mux(stream.encode(sound))
        container.mux(stream.encode())
    with pytest.raises(SourceError, match="audio only"):
        replay(path)


def test_a_video_in_which_nothing_decodes_is_refused(tmp_path: Path) -> None:
    path = Clip().write(tmp_path / "clip.mp4")
    damage(path, slice(None))
    with pytest.raises(SourceError, match="not one readable frame"):
        replay(path)


def test_a_cut_mp4_without_index_is_refused_with_advice(tmp_path: Path, clip: Path) -> None:
    path = tmp_path / "cut.mp4"
    path.write_bytes(clip.read_bytes()[:-500])
    with pytest.raises(SourceError, match="copy it again"):
        replay(path)


@pytest.mark.parametrize("name", ["车间 一号.mp4", "100% done.mp4", "a'b&c #1.mp4", "-i.mp4"])
def test_any_file_name_opens(tmp_path: Path, clip: Path, name: str) -> None:
    path = tmp_path / name
    path.write_bytes(clip.read_bytes())
    assert len(list(replay(path))) == 20


@pytest.mark.socket
def test_a_play_list_cannot_make_it_fetch_anything(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(0.2)
        port = server.getsockname()[1]
        path = tmp_path / "list.m3u8"
        path.write_text(f"#EXTM3U\n#EXT-X-TARGETDURATION:4\n#EXTINF:4,\nhttp://127.0.0.1:{port}/a.ts\n#EXT-X-ENDLIST\n")
        with pytest.raises(SourceError):
            replay(path)
        with pytest.raises(TimeoutError):
            server.accept()


def test_leaving_early_closes_the_file(clip: Path) -> None:
    with replay(clip) as source:
        frames = iter(source)
        next(frames)
    assert next(frames, None) is None


@pytest.mark.skipif(not SAMPLES.is_dir(), reason="the sample videos are not on this machine")
@pytest.mark.parametrize(
    ("name", "frames", "last_s"),
    [
        ("car-detection.mp4", 377, 30.08),
        ("worker-zone-detection.mp4", 122, 10.083333),
        ("preview-gif/fruit-and-vegetable-detection.gif", 101, 6.67),
    ],
)
def test_real_footage_is_replayed_whole(name: str, frames: int, last_s: float) -> None:
    source = replay(SAMPLES / name)
    moments = [frame.moment for frame in source]
    assert len(moments) == source.total_frames == frames
    assert moments[-1].t_s == last_s
    assert source.warning is None
