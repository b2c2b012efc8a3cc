"""Whether real clips still count right when they are mirrored, slowed, darkened, compressed, run back ..."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
from figures import Figure
from footage_peer import crossings
from footage_variants import VARIANTS, Point, Shot, Shots, Variant

from tracker.capture import ReplaySource
from tracker.count import Counted
from tracker.detect import OnnxDetector, import_model, load_detector
from tracker.detect.importer import Wanted
from tracker.domain.detections import Detections
from tracker.domain.events import Direction
from tracker.domain.frames import CameraId, Frame, Gap, Moment, Picture
from tracker.domain.ports import Detector
from tracker.domain.rules import ActivityRule, Calibration, CountUnit, GateRule, Rule, RuleId, Target, Zone
from tracker.pipeline import CameraPipeline

NAME = "real-footage"
WHAT = "how often real clips still count right when turned, retimed, relit, compressed or run back"

SHARED = Path(__file__).resolve().parents[3] / "shared"
MODELS = {
    "yolo11n at 320": SHARED / "models/yolo11n_coco_AGPL/yolo11n_320.onnx",
    "YOLOX-nano at 416": SHARED / "models/yolox_nano_coco/yolox_nano_416x416.onnx",
}
CAMERA = CameraId("footage")
START = datetime(1970, 1, 1, tzinfo=UTC)
ANY = Target(classes=(), unit=CountUnit.PIECE, pieces_per_unit=1, step=None, cell=None)
WHOLE = Zone("whole", ((0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 1.0)))
NEAR_FRAMES = 3
"""A crossing may be dated this many frames off the truth."""
NEAR_BUSY_S = 0.8
"""The same for the start and end of an occupancy."""


@dataclass(frozen=True, slots=True)
class Footage:
    """A clip with its truth.

    Attributes:
        path: Below the sample videos.
        line: What is counted on it, 0..1; ``None`` watches the whole picture for activity instead.
        crossings: Frame and direction of every crossing.
        busy_s: Start and end of the one occupancy.
    """

    name: str
    path: str
    line: tuple[Point, Point] | None
    crossings: tuple[tuple[int, Direction], ...] = ()
    busy_s: tuple[float, float] = (0.0, 0.0)


IN, OUT = Direction.IN, Direction.OUT
FOOTAGE = (
    Footage("cars", "car-detection.mp4", ((0.0, 0.5), (1.0, 0.5)), ((79, OUT), (206, IN), (211, OUT), (332, IN))),
    Footage(
        "fruit",
        "preview-gif/fruit-and-vegetable-detection.gif",
        ((0.5, 0.0), (0.5, 1.0)),
        ((17, IN), (33, IN), (72, IN), (92, IN)),
    ),
    Footage("worker", "worker-zone-detection.mp4", None, busy_s=(2.5, 9.6)),
)
"""Read by eye, frame by frame; data/dev_ground_truth.json beside the clips has the words."""


def measure(seed: int, sample: bool) -> list[Figure]:  # noqa: FBT001 - the runner calls every measurement so
    """For every model and clip, how many of the variants give the counts the footage shows, and a peer's figure."""
    if not SHARED.is_dir():
        return [Figure("clips beside the checkout", 0, "", "", None)]
    models = dict(list(MODELS.items())[:1]) if sample else MODELS
    footage = FOOTAGE[1:2] if sample else FOOTAGE
    figures = []
    for model, file in models.items():
        with tempfile.TemporaryDirectory() as folder:
            detector = detector_from(file, Path(folder))
        for clip in footage:
            ours, theirs = faults(clip, detector, seed)
            for name, fault in ours.items():
                print(f"    {clip.name}, {model}, {name}: {fault}", flush=True)
            figures += figures_of(f"{clip.name}, {model}", ours, theirs if clip.line else None)
    return figures


def figures_of(what: str, ours: dict[str, str], theirs: dict[str, str] | None) -> list[Figure]:
    """One clip and model: ours beside the peer's, if that can count here."""
    total = len(VARIANTS)
    held = total - len(ours)
    as_it_is = VARIANTS[0].name not in ours
    if theirs is None:
        return [Figure(f"{what}: variants that hold", held, f"of {total}", "as it is", as_it_is)]
    peers = total - len(theirs)
    bar = "as it is, and more than supervision + trackers"
    return [
        Figure(f"{what}: variants that hold", held, f"of {total}", bar, as_it_is and (held > peers or held == total)),
        Figure(f"{what}: by supervision + trackers on the same boxes", peers, f"of {total}", "", None),
    ]


class Remembering:
    """A detector that looks at each picture once, so that variants and trackers that share pictures share boxes."""

    def __init__(self, detector: OnnxDetector) -> None:
        self._detector = detector
        self._seen: dict[int, tuple[Picture, Detections]] = {}
        self.labels, self.provider = detector.labels, detector.provider

    def detect(self, picture: Picture) -> Detections:
        """Boxes in full-frame pixels."""
        if id(picture) not in self._seen:
            # kept with its boxes, because an id is only unique while its picture lives
            self._seen[id(picture)] = picture, self._detector.detect(picture)
        return self._seen[id(picture)][1]


def detector_from(file: Path, folder: Path) -> OnnxDetector:
    """The ONNX file as a detector with COCO's names."""
    import_model(file, folder / "model", Wanted(labels="coco", layout=None, size=None, licence="unknown"))
    return load_detector(folder / "model")


def faults(clip: Footage, detector: OnnxDetector, seed: int) -> tuple[dict[str, str], dict[str, str]]:
    """What we count wrong, by variant, and what a peer does on the same boxes."""
    shots = list(read(clip))
    original = Remembering(detector)
    pictures = {id(picture) for _, picture in shots}
    ours, theirs = {}, {}
    for variant in VARIANTS:
        film = variant.film(shots, np.random.default_rng(seed))
        looks = original if id(film[-1].picture) in pictures else Remembering(detector)
        rule = rule_for(clip, variant)
        if fault := fault_of(count(film, rule, looks), clip, variant, shots):
            ours[variant.name] = fault
        if isinstance(rule, GateRule) and (
            fault := crossing_fault(peers_count(film, rule, looks), clip, variant, shots)
        ):
            theirs[variant.name] = fault
    return ours, theirs


def peers_count(film: Shots, rule: GateRule, detector: Detector) -> list[tuple[float, Direction]]:
    """What supervision and trackers count on a clip."""
    size = film[0].picture.width, film[0].picture.height
    start, end = ((x * size[0], y * size[1]) for x, y in (rule.start, rule.end))
    boxes = [(t_s, detector.detect(picture)) for t_s, picture in film]
    return crossings(boxes, (start, end), [label != "person" for label in detector.labels])


def read(clip: Footage) -> Iterator[Shot]:
    """Every frame of a clip."""
    with ReplaySource(SHARED / "data/intel-sample-videos" / clip.path, camera=CAMERA) as source:
        for frame in source:
            if isinstance(frame, Gap):
                raise TypeError(f"{clip.path} is damaged")
            yield Shot(frame.moment.t_s, frame.picture)


def count(film: Shots, rule: Rule, detector: Detector) -> list[Counted]:
    """What the pipeline counts on a clip, frame by frame."""
    pipeline = CameraPipeline(Calibration(CAMERA, "measures footage", (), (rule,)), detector)
    counted = [
        pipeline.update(Frame(CAMERA, Moment(number, t_s, START + timedelta(seconds=t_s)), picture))
        for number, (t_s, picture) in enumerate(film)
    ]
    return [*counted, pipeline.finish()]


def fault_of(counted: list[Counted], clip: Footage, variant: Variant, shots: Shots) -> str | None:
    """What was counted wrong on a changed clip, in words; ``None`` when nothing was."""
    if clip.line is None:
        busy = [(interval.start_s, interval.end_s) for step in counted for interval in step.activity]
        return busy_fault(busy, clip, variant, shots)
    crossings = [(event.moment.t_s, event.direction) for step in counted for event in step.events]
    return crossing_fault(crossings, clip, variant, shots)


def rule_for(clip: Footage, variant: Variant) -> Rule:
    """The clip's rule, moved along with the picture."""
    if clip.line is None:
        return ActivityRule(RuleId("busy"), WHOLE, classes=(), cell=None, seats=1)
    start, end = (variant.point(point) for point in clip.line)
    return GateRule(RuleId("line"), ANY, *((end, start) if variant.mirrored else (start, end)))


def crossing_fault(found: list[tuple[float, Direction]], clip: Footage, variant: Variant, shots: Shots) -> str | None:
    """How the crossings differ from the truth: any missing, any too many, any dated wrongly."""
    step_s = shots[1].t_s
    truth = [(variant.when(shots[frame].t_s), direction) for frame, direction in clip.crossings]
    if variant.returns:
        turn_s = shots[-1].t_s + step_s
        truth += [(turn_s + shots[-1].t_s - t_s, OUT if way is IN else IN) for t_s, way in truth]
    near_s = max(variant.when(NEAR_FRAMES * step_s) - variant.when(0.0), NEAR_FRAMES * step_s)
    left = sorted(found)
    missed = []
    for t_s, direction in truth:
        match = min((c for c in left if c[1] is direction), key=lambda c: abs(c[0] - t_s), default=None)
        if match is None or abs(match[0] - t_s) > near_s:
            missed.append((t_s, direction))
        else:
            left.remove(match)
    return _differs(missed, left) if missed or left else None


def busy_fault(found: list[tuple[float, float]], clip: Footage, variant: Variant, shots: Shots) -> str | None:
    """How the busy stretches differ from the one occupancy, or from it and its mirror image in time."""
    start_s, end_s = clip.busy_s
    slow = max(1.0, variant.when(1.0) - variant.when(0.0))
    if variant.returns:
        whole_s = 2 * shots[-1].t_s + shots[1].t_s
        ends = (found[0][0] - start_s, found[-1][1] - (whole_s - start_s)) if found else (np.inf, np.inf)
        return None if len(found) <= 2 and max(map(abs, ends)) <= NEAR_BUSY_S else f"busy {_spans(found)}"
    truth = (variant.when(start_s), variant.when(end_s))
    near = len(found) == 1 and all(abs(a - b) <= NEAR_BUSY_S * slow for a, b in zip(found[0], truth, strict=True))
    return None if near else f"busy {_spans(found)}, expected {_spans([truth])}"


def _differs(missed: list[tuple[float, Direction]], extra: list[tuple[float, Direction]]) -> str:
    parts = [
        f"{word} {way} at {t_s:.1f} s" for word, those in (("missed", missed), ("extra", extra)) for t_s, way in those
    ]
    return ", ".join(parts)


def _spans(spans: list[Any]) -> str:
    return ", ".join(f"{start:.1f}-{end:.1f} s" for start, end in spans) or "never"
