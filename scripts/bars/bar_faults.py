"""What cameras and clocks do wrong, each before a real RTSP server that does it: seconds until the database says so."""

from __future__ import annotations

import shutil
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from datetime import time as day_time
from pathlib import Path

import numpy as np
from faulty_scene import Scene, covered, dimmed, pushed
from figures import Figure
from rtsp_camera import Film, Habits, RtspCamera

from tracker.capture import HealthWatch, LiveCameras, LiveSource, resolve_url
from tracker.capture.health_moved import Reference
from tracker.cli.clock import wait_for_clock
from tracker.config.calibration import CameraFile
from tracker.domain.detections import Detections
from tracker.domain.estimates import ShopCalendar
from tracker.domain.frames import CameraId, GapReason, Picture
from tracker.domain.rules import Calibration, CountUnit, GateRule, RuleId, Target
from tracker.domain.shift import STRAIGHT, Shift
from tracker.pipeline import CameraPipeline
from tracker.store import Store, open_store
from tracker.watch import Model, Shop, Watch

NAME = "faults"
WHAT = "faults of cameras and clocks before a real RTSP server: a gap with the right reason within 10 s"

NOTICED_S = 10.0
WARM_S = 12.0
"""Watching before anything goes wrong: the camera's noise is learnt."""
LASTS_S = 14.0
"""Longest wait for a fault to be told, and for its end."""
QUIET_S = 8.0
"""How long what is no fault is watched for a false alarm."""

NOTHING = GateRule(RuleId("line"), Target((), CountUnit.PIECE, 1, None, None), (0.5, 1.0), (0.5, 0.0))


class NothingThere:
    """A model that sees nothing: what is measured is what happens to pictures before it."""

    labels = ("garment",)
    provider = "cpu"

    def detect(self, _picture: Picture) -> Detections:
        """No boxes."""
        return Detections.empty()


@dataclass
class Wall:
    """A wall clock that can be set."""

    offset: timedelta = timedelta(0)

    def __call__(self) -> datetime:
        """Aware UTC now, as wrong as it was set."""
        return datetime.now(UTC) + self.offset


@dataclass
class KeptView:
    """The view of an earlier run, in memory."""

    reference: Reference

    def load(self) -> Reference:
        """The view."""
        return self.reference

    def keep(self, reference: Reference) -> None:
        """Replaces it."""
        self.reference = reference

    def confirmed(self) -> bool:
        """Nobody ever confirms."""
        return False


@dataclass(frozen=True)
class Fault:
    """Something that goes wrong, and what must come of it.

    Attributes:
        name: For the table.
        reason: The gap's; ``None`` when there must be none.
        begin: Makes it so.
        end: Puts it right.
        from_start: It is so before anybody connects.
    """

    name: str
    reason: GapReason | None
    begin: Callable[[RtspCamera], None]
    end: Callable[[RtspCamera], None]
    from_start: bool = False


def faults(scene: Scene) -> tuple[Fault, ...]:
    """The table."""
    good = scene.film()

    def shows(film: Film) -> Callable[[RtspCamera], None]:
        return lambda camera: camera.show(film)

    def demands(habits: Habits) -> Callable[[RtspCamera], None]:
        def change(camera: RtspCamera) -> None:
            camera.habits = habits
            camera.hang_up()

        return change

    def spoils(spoiled: bool) -> Callable[[RtspCamera], None]:  # noqa: FBT001 - a switch
        return lambda camera: setattr(camera, "spoiled", spoiled)

    back = shows(good)
    return (
        Fault("never there", GapReason.UNREACHABLE, RtspCamera.vanish, RtspCamera.come_back, from_start=True),
        Fault("wrong password", GapReason.DISCONNECTED, demands(Habits(auth="digest")), demands(Habits())),
        Fault("dies", GapReason.DISCONNECTED, RtspCamera.vanish, RtspCamera.come_back),
        Fault("goes silent", GapReason.DISCONNECTED, RtspCamera.stall, RtspCamera.go_on),
        Fault("sends garbage", GapReason.UNREADABLE, spoils(True), spoils(False)),
        Fault("frozen", GapReason.FROZEN, shows(scene.frozen(clock=False)), back),
        Fault("frozen, clock ticks", GapReason.FROZEN, shows(scene.frozen(clock=True)), back),
        Fault("dark", GapReason.DARK, shows(scene.film(lambda p: dimmed(p, 0.02))), back),
        Fault("covered", GapReason.BLOCKED, shows(scene.film(covered)), back),
        Fault("moved far", GapReason.MOVED, shows(scene.film(lambda p: pushed(p[:, ::-1], 0.3, 0.1))), back),
        Fault("moved a little", None, shows(scene.film(lambda p: pushed(p, 0.04, 0.02))), back),
        Fault("lamp switched", None, shows(scene.film(lambda p: dimmed(p, 0.5))), back),
        Fault("other size", None, shows(scene.larger()), back),
        Fault("stamps jump ahead", None, lambda camera: camera.jump(3600.0), lambda camera: camera.jump(-3600.0)),
    )


@dataclass
class Told:
    """What came of one fault.

    Attributes:
        noticed_s: Until the database held the gap; ``None`` when it never did.
        recovered_s: From its end until the gap was closed.
        reasons: Of every gap that the fault left.
    """

    noticed_s: float | None = None
    recovered_s: float | None = None
    reasons: list[str] = field(default_factory=list)


class Rig:
    """A watch over cameras, as `tracker run` makes it, with a model that sees nothing.

    Args:
        store: Where gaps go.
        cameras: The servers by camera id.
        scene: Whose view the cameras should have.
        clock: The wall clock.
    """

    def __init__(self, store: Store, cameras: dict[CameraId, RtspCamera], scene: Scene, clock: Wall) -> None:
        self.store, self.clock = store, clock
        self.guards = {name: HealthWatch(keeper=KeptView(scene.reference())) for name in cameras}
        sources = []
        for name, camera in cameras.items():
            template, environ = camera.template()
            source = LiveSource(resolve_url(template, environ), camera=name, clock=clock)
            source.guard(self.guards[name])
            sources.append(source)
        pipelines = [CameraPipeline(calibration(name), NothingThere()) for name in cameras]
        calendar = ShopCalendar("Asia/Shanghai", day_time(5), ((day_time(8), day_time(18)),), frozenset(), frozenset())
        model = Model("nothing", "00" * 32, "cpu")
        self._watch = Watch(LiveCameras(sources), pipelines, model=model, shop=Shop(store, calendar, clock))
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._watch.run, args=(self._stop,), daemon=True)

    @contextmanager
    def running(self) -> Iterator[None]:
        """Watches meanwhile."""
        self._thread.start()
        try:
            yield
        finally:
            self._stop.set()
            self._thread.join(30)

    def reasons(self, camera: CameraId, since: datetime) -> list[tuple[GapReason, bool]]:
        """The gaps of a camera that were there since then, and whether each lasts."""
        with self.store.read() as view:
            return [(gap.reason, gap.end is None) for gap in view.gaps(camera, since=since)]


def calibration(name: CameraId) -> Calibration:
    """A camera with one rule."""
    return Calibration(name, "A camera that misbehaves", (), (NOTHING,))


def measure(seed: int, sample: bool) -> list[Figure]:  # noqa: FBT001 - the runner calls every measurement so
    """Seconds to notice and to recover, fault by fault."""
    rounds = 1 if sample else 3
    table: dict[str, list[Told]] = {}
    folder = Path(tempfile.mkdtemp())
    try:
        for number in range(rounds):
            scene = Scene.of(seed + number)
            with ThreadPoolExecutor() as pool:
                set_clocks = pool.submit(lambda at=number, shown=scene: list(clocks(shown, folder / f"{at}")))
                cameras = one_round(scene, folder / f"{number}.db")
            for name, told in [*((fault.name, told) for fault, told in cameras), *set_clocks.result()]:
                table.setdefault(name, []).append(told)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    wanted = {fault.name: fault.reason for fault in faults(scene)}
    return [figure for name, tolds in table.items() for figure in figures_of(name, wanted, tolds)]


def figures_of(name: str, wanted: dict[str, GapReason | None], tolds: list[Told]) -> list[Figure]:
    """One fault's lines."""
    reason = wanted.get(name, GapReason.CLOCK)
    if reason is None:
        alarms = sum(len(told.reasons) for told in tolds)
        return [Figure(f"{name}: gaps", float(alarms), "", "0: it is no fault", alarms == 0)]
    noticed = [LASTS_S if told.noticed_s is None else told.noticed_s for told in tolds]
    recovered = [2 * LASTS_S if told.recovered_s is None else told.recovered_s for told in tolds]
    seen = all(told.noticed_s is not None for told in tolds)
    closed = all(told.recovered_s is not None for told in tolds)
    return [
        Figure(
            f"{name}: {reason.value}, noticed after", max(noticed), "s", "at most 10 s", seen and max(noticed) <= 10.0
        ),
        Figure(f"{name}: recovered after", max(recovered), "s", "", None if closed else False),
    ]


def one_round(scene: Scene, database: Path) -> list[tuple[Fault, Told]]:
    """Every fault at once, each on a camera of its own."""
    table = faults(scene)
    servers = {CameraId(f"camera-{number}"): RtspCamera(scene.film()) for number in range(len(table))}
    told = {name: Told() for name in servers}
    with open_store(database) as store:
        rig = Rig(store, servers, scene, Wall())
        pairs = list(zip(servers.items(), table, strict=True))
        for (_, server), fault in pairs:
            if fault.from_start:
                fault.begin(server)
        with rig.running():
            began = datetime.now(UTC)
            await_gaps(rig, {name: fault.reason for (name, _), fault in pairs if fault.from_start}, told, began)
            time.sleep(3.0)
            ended = datetime.now(UTC)
            for (_, server), fault in pairs:
                if fault.from_start:
                    fault.end(server)
            await_ends(rig, {name for (name, _), fault in pairs if fault.from_start}, told, ended)
            time.sleep(max(0.0, WARM_S - (datetime.now(UTC) - began).total_seconds()))
            began = datetime.now(UTC)
            for (_, server), fault in pairs:
                if not fault.from_start:
                    fault.begin(server)
            await_gaps(rig, {name: fault.reason for (name, _), fault in pairs if not fault.from_start}, told, began)
            check_quiet(rig, pairs, told, began)
            ended = datetime.now(UTC)
            going = [(name, server, fault) for (name, server), fault in pairs if not fault.from_start]
            for _, server, fault in going:
                fault.end(server)
            await_ends(rig, {name for name, _, fault in going if fault.reason is not None}, told, ended)
    for server in servers.values():
        server.vanish()
    return [(fault, told[name]) for (name, _), fault in pairs]


def await_gaps(rig: Rig, wanted: dict[CameraId, GapReason | None], told: dict[CameraId, Told], began: datetime) -> None:
    """Looks at the database until every gap is there, or time is up."""
    pending = {name: reason for name, reason in wanted.items() if reason is not None}
    while pending and (passed_s := (datetime.now(UTC) - began).total_seconds()) < LASTS_S:
        for name, reason in list(pending.items()):
            if (reason, True) in rig.reasons(name, began):
                told[name].noticed_s = round(passed_s, 1)
                del pending[name]
        time.sleep(0.1)


def check_quiet(
    rig: Rig, pairs: list[tuple[tuple[CameraId, RtspCamera], Fault]], told: dict[CameraId, Told], began: datetime
) -> None:
    """What is no fault leaves no gap; a camera that moved a little has taken its zones along."""
    time.sleep(max(0.0, QUIET_S - (datetime.now(UTC) - began).total_seconds()))
    for (name, _), fault in pairs:
        if fault.reason is not None:
            continue
        told[name].reasons += [reason.value for reason, _ in rig.reasons(name, began)]
        followed = rig.guards[name].sight.shift
        if (followed != STRAIGHT) != (fault.name == "moved a little"):
            told[name].reasons.append(f"zones at {followed}")
        if fault.name == "moved a little" and _apart(followed, Shift(0.04, 0.02)) > 0.01:
            told[name].reasons.append(f"zones off by {_apart(followed, Shift(0.04, 0.02)):.3f}")


def _apart(one: Shift, other: Shift) -> float:
    return float(np.hypot(one.dx - other.dx, one.dy - other.dy))


def await_ends(rig: Rig, names: set[CameraId], told: dict[CameraId, Told], ended: datetime) -> None:
    """Looks at the database until every gap is closed, or time is up."""
    pending = set(names)
    while pending and (passed_s := (datetime.now(UTC) - ended).total_seconds()) < 2 * LASTS_S:
        for name in list(pending):
            if not any(lasts for _, lasts in rig.reasons(name, ended)):
                told[name].recovered_s = round(passed_s, 1)
                pending.discard(name)
        time.sleep(0.1)


def clocks(scene: Scene, folder: Path) -> Iterator[tuple[str, Told]]:
    """The wall clock set ahead and back under a running watch, and wrong at the start."""
    name = CameraId("table")
    for title, step in (("clock set ahead 1 h", timedelta(hours=1)), ("clock set back 7 s", timedelta(seconds=-7))):
        wall, told = Wall(), Told()
        with RtspCamera(scene.film()) as server, open_store(folder / f"{title}.db") as store:
            rig = Rig(store, {name: server}, scene, wall)
            with rig.running():
                time.sleep(4.0)
                start, began = wall(), time.monotonic()
                wall.offset = step
                told.noticed_s = _until(lambda rig=rig, start=start: _has_clock(rig, name, start), began)
                told.recovered_s = _until(lambda rig=rig, start=start: not _lasts(rig, name, start), began)
        yield title, told
    yield "boot without network time", boot(name, folder / "boot.db")


def boot(name: CameraId, database: Path) -> Told:
    """The computer starts in 1970, and hears of the right time six seconds later."""
    told, began = Told(), time.monotonic()
    wall = Wall()
    with open_store(database) as store:
        with store.write(wall()) as unit:
            unit.log("watch.stopped", "workshop", {})
        wall.offset = timedelta(days=-20_000)
        file = CameraFile(Path("table.toml"), calibration(name), source="rtsp://192.0.2.1/")
        going = threading.Event()
        waits = threading.Thread(
            target=lambda: (
                wait_for_clock(store, [file], clock=wall, wait=lambda s: bool(time.sleep(s))) and going.set()
            ),
            daemon=True,
        )
        waits.start()

        def visible() -> bool:
            with store.read() as view:
                return any(gap.reason is GapReason.CLOCK for gap in view.gaps(name))

        told.noticed_s = _until(visible, began)
        time.sleep(4.0)
        wall.offset, began = timedelta(0), time.monotonic()
        told.recovered_s = _until(going.is_set, began)
        waits.join(5)
    return told


def _has_clock(rig: Rig, name: CameraId, since: datetime) -> bool:
    return any(reason is GapReason.CLOCK for reason, _ in rig.reasons(name, since - timedelta(hours=2)))


def _lasts(rig: Rig, name: CameraId, since: datetime) -> bool:
    found = rig.reasons(name, since - timedelta(hours=2))
    return any(reason is GapReason.CLOCK and lasts for reason, lasts in found)


def _until(reached: Callable[[], bool], began: float) -> float | None:
    while (passed_s := time.monotonic() - began) < 2 * LASTS_S:
        if reached():
            return round(passed_s, 1)
        time.sleep(0.1)
    return None
