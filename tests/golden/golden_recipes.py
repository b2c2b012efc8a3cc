"""What happens in each golden clip, and how the clips are filmed anew.

    python tests/golden/golden_recipes.py --write tests/golden       # every clip; look at them again afterwards
    python tests/golden/golden_recipes.py --write FOLDER fast         # one, elsewhere

The truth beside the clips is written by hand after looking at them; ``README.md`` says how. Nothing here writes it.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from numpy.typing import NDArray

from tracker.domain.frames import CameraId
from tracker.domain.orders import OrderId
from tracker.sim.fabric import COLOURS, Fabric, Pattern
from tracker.sim.hands import Arm, Grip
from tracker.sim.hardship import Hardship, Knock, Switch
from tracker.sim.outlines import GarmentKind
from tracker.sim.render import Stage
from tracker.sim.script import ArmPost, Carriage, Form, Gesture, Move, Piece, Place, Scenery, SceneScript, Seated
from tracker.sim.surfaces import Surface
from tracker.sim.wardrobe import Wardrobe

WIDTH, HEIGHT, FPS = 640, 360, 10.0
QUALITY = 28
"""Constant rate factor of H.264: clear to the eye, and a clip stays below 150 kB."""
KEY_EVERY = 20
"""Frames, two seconds: what docs/faults.md tells people to set."""

HELPER, OPPOSITE = 0, 1
LEFT, RIGHT = Place(0.22, 0.5, 8), Place(0.76, 0.48, -6)
_RED = Fabric(COLOURS["red"], COLOURS["white"], Pattern.PLAIN, 12)
_TEAL = Fabric(COLOURS["teal"], COLOURS["white"], Pattern.PLAIN, 12)
_NAVY = Fabric(COLOURS["navy"], COLOURS["white"], Pattern.STRIPES, 14)
_WHITE = Fabric(COLOURS["white"], COLOURS["sky"], Pattern.PLAIN, 12)
_MUSTARD = Fabric(COLOURS["mustard"], COLOURS["black"], Pattern.PLAIN, 12)
_ARMS = (
    ArmPost(Arm(2, None, 0.3, left=False), (0.47, 1.6), 0.115),
    ArmPost(Arm(7, _NAVY, 0.2, left=True), (0.53, -0.6), 0.12),
)


def piece(number: int, fabric: Fabric, home: Place | None, *, form: Form = Form.FOLDED, size: float = 0.2) -> Piece:
    """A T-shirt (a shirt where it is cut or packed), ready to be handed over."""
    kind = GarmentKind.TSHIRT if form in {Form.FOLDED, Form.FLAT, Form.HALF_FOLDED} else GarmentKind.SHIRT
    pieces = {Form.BUNDLE: 10, Form.THING: 0}.get(form, 1)
    return Piece(number, form, kind, fabric, size, 40 + number, pieces, OrderId("PO-1"), home)


_PLAIN = SceneScript(
    camera=CameraId("golden"),
    width=WIDTH,
    height=HEIGHT,
    fps=FPS,
    duration_s=8.0,
    seed=1,
    surface=Surface.WOOD,
    pieces=(piece(0, _RED, LEFT),),
    arms=_ARMS,
    moves=(Move(0, HELPER, 1.8, 1.2, RIGHT), Move(0, HELPER, 4.9, 1.3, LEFT)),
    scenery=(Scenery("scissors", Place(0.92, 0.12, 70), 0.12, 0, 3),),
    rule=None,
)

_TRAY = Scenery("tray", Place(0.76, 0.5), 0.4, 0.48, 1)

_TRANSFER = replace(
    _PLAIN,
    duration_s=9.5,
    seed=2,
    surface=Surface.PLASTER,
    pieces=(piece(0, _TEAL, Place(0.2, 0.3, 5)), piece(1, _RED, Place(0.21, 0.75, -8), form=Form.HALF_FOLDED)),
    moves=(
        Move(0, HELPER, 1.5, 1.2, Place(0.68, 0.4, 3)),
        Move(1, OPPOSITE, 3.9, 1.2, Place(0.86, 0.56, -4)),
        Move(0, HELPER, 6.5, 1.2, Place(0.2, 0.3, 9)),
    ),
    scenery=(_TRAY,),
)

_FAST = replace(
    _PLAIN,
    duration_s=7.5,
    seed=3,
    surface=Surface.MAT,
    pieces=(piece(0, _WHITE, Place(0.2, 0.32, 4)), piece(1, _MUSTARD, Place(0.22, 0.76, -6))),
    moves=(
        Move(0, HELPER, 1.8, 0.3, Place(0.78, 0.3, -3)),
        Move(1, HELPER, 4.6, 0.4, Place(0.8, 0.74, 9), by=Carriage.THROWN),
    ),
    gestures=(Gesture(HELPER, 4.1, 0.5, (Place(0.22, 0.76), Place(0.3, 0.72)), Grip.FIST),),
    hardship=Hardship(shutter_s=0.02),
)

_COVERED = replace(
    _PLAIN,
    duration_s=9.5,
    seed=4,
    surface=Surface.WOOD,
    pieces=(piece(0, _TEAL, Place(0.2, 0.5, 5), size=0.17),),
    moves=(Move(0, HELPER, 1.4, 1.2, Place(0.74, 0.5, 3)),),
    scenery=(_TRAY,),
    gestures=(
        Gesture(OPPOSITE, 4.0, 3.6, (Place(0.72, 0.54), Place(0.76, 0.6), Place(0.73, 0.56), Place(0.75, 0.6))),
        Gesture(HELPER, 4.6, 2.8, (Place(0.75, 0.44), Place(0.72, 0.42), Place(0.75, 0.45))),
    ),
)

_LAMP = replace(
    _PLAIN,
    duration_s=8.5,
    seed=5,
    surface=Surface.PLASTER,
    pieces=(piece(0, _NAVY, LEFT), piece(1, _RED, Place(0.2, 0.82, -4), size=0.17)),
    moves=(Move(0, HELPER, 1.8, 1.4, RIGHT), Move(1, HELPER, 5.0, 1.4, Place(0.74, 0.84, 5))),
    hardship=Hardship(switches=(Switch(2.3, 0.35), Switch(5.6, 1.0, 0.6)), auto_exposure_s=0.6),
)

_KNOCK = replace(
    _PLAIN,
    duration_s=9.0,
    seed=6,
    surface=Surface.WOOD,
    pieces=(piece(0, _RED, Place(0.18, 0.3, 6)), piece(1, _TEAL, Place(0.467, 0.7, -7))),
    moves=(Move(0, HELPER, 5.0, 1.3, Place(0.76, 0.26, -6)),),
    hardship=Hardship(knocks=(Knock(2.5, 0.04, -0.012, 0.8),)),
)

_NOTHING = replace(
    _PLAIN,
    duration_s=9.0,
    seed=7,
    surface=Surface.FELT,
    pieces=(
        piece(0, _RED, Place(0.2, 0.66, 6)),
        piece(1, _MUSTARD, Place(0.78, 0.62, -7)),
        piece(2, _WHITE, Place(0.26, 0.2), form=Form.THING, size=0.11),
    ),
    moves=(
        Move(2, HELPER, 1.3, 1.3, Place(0.74, 0.24, 60)),
        Move(0, HELPER, 6.2, 2.0, Place(0.22, 0.66, 2), via=(Place(0.39, 0.6),)),
    ),
    scenery=(),
    gestures=(Gesture(OPPOSITE, 3.8, 1.4, (Place(0.25, 0.4), Place(0.72, 0.42)), Grip.OPEN),),
    seated=(Seated(Place(0.1, -0.02, 180), _NAVY, (34, 38, 52), 0.2, 5),),
)

_BUNDLES = replace(
    _PLAIN,
    duration_s=8.0,
    seed=8,
    surface=Surface.MAT,
    pieces=(
        piece(0, _RED, Place(0.2, 0.34, 4), form=Form.BUNDLE, size=0.19),
        piece(1, _WHITE, Place(0.21, 0.76, -5), form=Form.BUNDLE, size=0.19),
    ),
    moves=(Move(0, HELPER, 1.5, 1.3, Place(0.76, 0.3, 5)), Move(1, OPPOSITE, 4.4, 1.3, Place(0.78, 0.74, -3))),
)

RECIPES: dict[str, SceneScript] = {
    "gate": _PLAIN,
    "transfer": _TRANSFER,
    "fast": _FAST,
    "covered": _COVERED,
    "lamp": _LAMP,
    "knock": _KNOCK,
    "nothing": _NOTHING,
    "bundles": _BUNDLES,
}
"""One scene a clip, by its name."""


def film(name: str, path: Path) -> None:
    """Film a clip: H.264, no B frames, encoded slowly so that little room is enough."""
    script = RECIPES[name]
    with av.open(str(path), "w", format="mp4", options={"movflags": "+faststart"}) as container:
        stream = container.add_stream("libx264", rate=Fraction(script.fps).limit_denominator(1000))
        stream.width, stream.height, stream.pix_fmt = script.width, script.height, "yuv420p"
        stream.gop_size, stream.max_b_frames = KEY_EVERY, 0
        stream.options = {"preset": "slow", "crf": str(QUALITY), "threads": "1", "sc_threshold": "0"}
        for number, picture in enumerate(pictures(script)):
            frame = av.VideoFrame.from_ndarray(picture, format="bgr24")
            frame.pts, frame.time_base = number, Fraction(1) / Fraction(script.fps)
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))


def pictures(script: SceneScript) -> Iterator[NDArray[np.uint8]]:
    """Every frame, BGR."""
    stage = Stage(Wardrobe(script))
    return (stage.picture(frame) for frame in range(script.frames))


def main() -> None:
    """Film the clips that were asked for."""
    asked = argparse.ArgumentParser(description="Film the golden clips anew.")
    asked.add_argument("--write", type=Path, required=True, metavar="FOLDER", help="where the clips go")
    asked.add_argument("clips", nargs="*", default=list(RECIPES), metavar="CLIP", help="which; default: every one")
    given = asked.parse_args()
    given.write.mkdir(parents=True, exist_ok=True)
    for name in given.clips:
        film(name, given.write / f"{name}.mp4")


if __name__ == "__main__":
    main()
