"""What is compared: each contender counts a line on a clip, one frame at every step of its generator.

Libraries are imported by the contender that needs them: each runs in a process of its own, perhaps with a Python that
has none of the others' packages.
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from pathlib import Path
from typing import Any, NamedTuple

Line = tuple[tuple[float, float], tuple[float, float]]


class Count(NamedTuple):
    """Crossings from the left hand of the line to its right hand, and back."""

    into: int
    out: int


Run = Generator[None, None, Count | None]
"""Yields after every frame; returns what was counted, ``None`` where nothing is."""
Contender = Callable[[Path, Line], Run]


def bound(model: Path) -> Contender:
    """The least anybody can pay: decode every frame, and run the bare session on an input that was prepared once."""
    import av
    import numpy as np

    session = _session(model)
    given = session.get_inputs()[0]
    tensor = np.random.default_rng(0).random(given.shape, dtype=np.float32)
    output = [session.get_outputs()[0].name]

    def run(clip: Path, _line: Line) -> Run:
        with av.open(str(clip)) as container:
            container.streams.video[0].thread_type = "NONE"
            for _ in container.decode(video=0):
                session.run(output, {given.name: tensor})
                yield
        return None

    return run


def every_frame(model: Path) -> Contender:
    """The whole of Fairloom's replay, looking at every frame.

    Args:
        model: The ONNX file of fixed shape; its folder holds a card too.
    """
    return _fairloom(model, every_frame=True)


def changes(model: Path) -> Contender:
    """The same with the settings that it comes with: the model looks at changes.

    Args:
        model: The ONNX file, of dynamic shape or in bytes.
    """
    return _fairloom(model, every_frame=False)


def _fairloom(model: Path, *, every_frame: bool) -> Contender:
    """File, decoder, detector, tracker, gate, events."""
    from tracker.capture import ReplaySource
    from tracker.detect import load_detector
    from tracker.domain.events import Direction
    from tracker.domain.frames import CameraId
    from tracker.domain.rules import Calibration, CountUnit, GateRule, RuleId, Target
    from tracker.replay import steps

    detector = load_detector(model.parent)

    def run(clip: Path, line: Line) -> Run:
        target = Target(classes=(), unit=CountUnit.PIECE, pieces_per_unit=1, step=None, cell=None)
        gate = GateRule(RuleId("line"), target, *line)
        calibration = Calibration(CameraId("bench"), "measures speed", (), (gate,))
        counted = []
        with ReplaySource(clip, camera=calibration.camera) as source:
            latest = None
            for step in steps(source, calibration, detector, every_frame=every_frame):
                counted += [event.direction for event in step.counted.events]
                if step.seen is not latest:  # the last step closes the source and brings no new frame
                    latest = step.seen
                    yield
        return Count(counted.count(Direction.IN), counted.count(Direction.OUT))

    return run


def supervision(model: Path) -> Contender:
    """As the documentation of supervision and trackers has it: BGR frames, NMS, ByteTrack, LineZone, centre anchor."""
    import supervision as sv
    from trackers import ByteTrackTracker

    session = _session(model)

    def run(clip: Path, line: Line) -> Run:
        info = sv.VideoInfo.from_video_path(str(clip))
        start, end = (sv.Point(x * info.width, y * info.height) for x, y in line)
        zone = sv.LineZone(start=start, end=end, triggering_anchors=(sv.Position.CENTER,))
        # its default thresholds lose half of the cars, whose scores are low from above
        tracks = ByteTrackTracker(
            frame_rate=info.fps,
            track_activation_threshold=0.25,
            high_conf_det_threshold=0.25,
            minimum_iou_threshold=0.1,
        )
        for frame in sv.get_video_frames_generator(str(clip)):
            zone.trigger(tracks.update(_detect(session, frame)))
            yield
        # LineZone counts "in" from the right hand to the left
        return Count(zone.out_count, zone.in_count)

    return run


def ultralytics(model: Path) -> Contender:
    """``solutions.ObjectCounter`` on the same weights, ONNX or torch, ByteTrack instead of its default tracker."""
    import logging

    import cv2
    import onnxruntime as ort
    from ultralytics.solutions import ObjectCounter

    # It has no setting for ONNX Runtime's threads, and two that spin on one core would be counted twice; nor should its
    # warning about every empty frame be timed.
    session_class = ort.InferenceSession
    ort.InferenceSession = lambda weights, _options=None, **rest: session_class(weights, _one_thread(), **rest)
    logging.getLogger("ultralytics").setLevel(logging.ERROR)

    def run(clip: Path, line: Line) -> Run:
        video = cv2.VideoCapture(str(clip))
        width, height = video.get(cv2.CAP_PROP_FRAME_WIDTH), video.get(cv2.CAP_PROP_FRAME_HEIGHT)
        region = [(round(x * width), round(y * height)) for x, y in line]
        counter = ObjectCounter(
            model=str(model), region=region, imgsz=320, tracker="bytetrack.yaml", conf=0.1, show=False, verbose=False
        )
        while True:
            more, frame = video.read()
            if not more:
                break
            counter(frame)
            yield
        video.release()
        # it counts "in" downwards and to the right
        upright = region[0][0] == region[1][0]
        return Count(counter.out_count, counter.in_count) if upright else Count(counter.in_count, counter.out_count)

    return run


CONTENDERS: dict[str, Callable[[Path], Contender]] = {
    "bound": bound,
    "every frame": every_frame,
    "changes": changes,
    "bytes": changes,
    "supervision": supervision,
    "ultralytics": ultralytics,
    "torch": ultralytics,
}


def _session(model: Path) -> Any:
    import onnxruntime as ort

    return ort.InferenceSession(str(model), sess_options=_one_thread(), providers=["CPUExecutionProvider"])


def _one_thread() -> Any:
    import onnxruntime as ort

    options = ort.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    return options


def _detect(session: Any, frame: Any) -> Any:
    """Letterbox, inference and NMS for a YOLO model without NMS inside, as every tutorial writes it."""
    import cv2
    import numpy as np
    import supervision as sv

    given = session.get_inputs()[0]
    side_y, side_x = given.shape[2:]
    height, width = frame.shape[:2]
    ratio = min(side_y / height, side_x / width)
    new_width, new_height = round(width * ratio), round(height * ratio)
    left, top = (side_x - new_width) // 2, (side_y - new_height) // 2
    canvas = np.full((side_y, side_x, 3), 114, np.uint8)
    canvas[top : top + new_height, left : left + new_width] = cv2.resize(frame, (new_width, new_height))
    blob = cv2.dnn.blobFromImage(canvas, 1 / 255, swapRB=True)
    rows = session.run(None, {given.name: blob})[0][0].T
    score = rows[:, 4:].max(axis=1)
    rows, score = rows[score >= 0.1], score[score >= 0.1]
    centre, half = rows[:, :2], rows[:, 2:4] / 2
    xyxy = (np.concatenate([centre - half, centre + half], axis=1) - (left, top, left, top)) / ratio
    found = sv.Detections(xyxy=xyxy, confidence=score, class_id=rows[:, 4:].argmax(axis=1))
    return found.with_nms(threshold=0.6, class_agnostic=True)
