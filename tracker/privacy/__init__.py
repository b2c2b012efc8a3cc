"""Pictures that may leave memory: an empty background, the pieces drawn on it, and no person."""

from tracker.privacy.background import ALONE, CONFIRMED, Background, EmptyBackground, Patience
from tracker.privacy.files import background_path, load_background, save_background, save_picture
from tracker.privacy.people import (
    HANDS,
    LAST_HAND_SCORE,
    LAST_PERSON_SCORE,
    Boxes,
    PeopleEye,
    Watcher,
    covered,
)
from tracker.privacy.pieces import clear_of_people
from tracker.privacy.scene import Scene, draw, hide_people

__all__ = [
    "ALONE",
    "CONFIRMED",
    "HANDS",
    "LAST_HAND_SCORE",
    "LAST_PERSON_SCORE",
    "Background",
    "Boxes",
    "EmptyBackground",
    "Patience",
    "PeopleEye",
    "Scene",
    "Watcher",
    "background_path",
    "clear_of_people",
    "covered",
    "draw",
    "hide_people",
    "load_background",
    "save_background",
    "save_picture",
]
