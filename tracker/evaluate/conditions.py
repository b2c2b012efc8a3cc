"""The sidecar ``conditions.json``: what is known of pictures and boxes beside their labels; docs/evaluation.md.

::

    {"pictures": {"images/000001.jpg": {"light": "daylight", "skin_tones": [3, 8], "group": "clip-7",
                                        "tags": {"table": "wood"},
                                        "boxes": [{"visible": 0.8, "tags": {"form": "crumpled"}}, {}]}}}

Names of pictures are relative to the sidecar's folder; boxes come in the order of the labels.
"""

from __future__ import annotations

import difflib
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from tracker.domain.errors import ConfigError
from tracker.evaluate.things import BoxConditions, Conditions

SIDECAR = "conditions.json"
DARKEST = 10
"""Last shade of the Monk Skin Tone scale (Monk 2019, ten shades from light to dark)."""
_PICTURE_KEYS = ("light", "skin_tones", "group", "tags", "boxes")
_BOX_KEYS = ("visible", "tags")


def read_conditions(folder: Path) -> dict[str, Conditions]:
    """What every sidecar below a folder says, by picture's name relative to the folder.

    Raises:
        ConfigError: A sidecar is no JSON, has an unknown key, or a value that cannot be.
    """
    found: dict[str, Conditions] = {}
    for path in sorted(folder.rglob(SIDECAR)):
        try:
            raw = json.loads(path.read_text(encoding="utf-8-sig"))
        except (ValueError, RecursionError) as error:
            raise ConfigError(f"{path} is not valid JSON", got=str(error)[:200]) from error
        pictures = raw.get("pictures") if isinstance(raw, Mapping) else None
        if not isinstance(pictures, Mapping):
            raise ConfigError(f"{path}", expected="an object with the key `pictures`", got=repr(raw)[:60])
        for name, noted in pictures.items():
            where = (path.parent / name.replace("\\", "/")).relative_to(folder).as_posix()
            found[where] = _conditions(noted, f"{path}: {name}")
    return found


def _conditions(raw: object, source: str) -> Conditions:
    noted = _table(raw, _PICTURE_KEYS, source)
    tones = noted.get("skin_tones")
    if tones is not None and not (
        isinstance(tones, Sequence) and all(type(tone) is int and 1 <= tone <= DARKEST for tone in tones)
    ):
        raise ConfigError(f"{source}: skin_tones", expected=f"whole numbers from 1 to {DARKEST}", got=repr(tones)[:60])
    boxes = noted.get("boxes", [])
    if not isinstance(boxes, list):
        raise ConfigError(f"{source}: boxes", expected="a list, one entry a box", got=repr(boxes)[:60])
    return Conditions(
        light=_text(noted.get("light"), f"{source}: light"),
        skin_tones=None if tones is None else tuple(tones),
        group=_text(noted.get("group"), f"{source}: group"),
        tags=_tags(noted.get("tags", {}), source),
        boxes=tuple(_box(box, f"{source}: box {index}") for index, box in enumerate(boxes)),
    )


def _box(raw: object, source: str) -> BoxConditions:
    noted = _table(raw, _BOX_KEYS, source)
    visible = noted.get("visible")
    if visible is not None and not (type(visible) in {int, float} and 0 <= visible <= 1):
        raise ConfigError(f"{source}: visible", expected="a share, 0..1", got=repr(visible)[:60])
    return BoxConditions(visible, _tags(noted.get("tags", {}), source))


def _table(raw: object, known: tuple[str, ...], source: str) -> Mapping[str, Any]:
    if not isinstance(raw, Mapping):
        raise ConfigError(source, expected="an object", got=repr(raw)[:60])
    for key in raw:
        if key not in known:
            near = difflib.get_close_matches(key, known, n=1, cutoff=0)[0]
            raise ConfigError(
                f"{source}: unknown key {key!r}",
                hint=f"The nearest known key is {near!r}; anything of your own belongs under `tags`",
            )
    return raw


def _tags(raw: object, source: str) -> dict[str, str]:
    if not isinstance(raw, Mapping) or not all(isinstance(value, str) for value in raw.values()):
        raise ConfigError(f"{source}: tags", expected="an object of texts", got=repr(raw)[:60])
    return dict(raw)


def _text(value: object, source: str) -> str | None:
    if value is not None and not isinstance(value, str):
        raise ConfigError(source, expected="a text", got=repr(value)[:60])
    return value
