"""Where model folders are found: the user's, then those that ship with Fairloom."""

from __future__ import annotations

from pathlib import Path

from tracker.detect.card import CARD_NAME
from tracker.domain.errors import NotFoundError

SHIPPED = Path(__file__).parents[1] / "models"
"""models/ of a checkout; an installed wheel carries it inside the package."""
PACKAGED = Path(__file__).parent / "shipped_models"


def model_folder(name: str, *, beside: Path = Path("models")) -> Path:
    """The folder of a model given by path or by name.

    Args:
        name: A path to a model folder, or the name of one.
        beside: Looked in first for names.

    Raises:
        NotFoundError: There is no such folder; known names are listed.
    """
    for candidate in (Path(name), beside / name, SHIPPED / name, PACKAGED / name):
        if (candidate / CARD_NAME).is_file():
            return candidate
    known = ", ".join(sorted({path.name for path in model_folders(beside)})) or "none"
    raise NotFoundError(
        f"no model folder {name!r}",
        expected=f"a folder with model.onnx and {CARD_NAME}, or one of the names: {known}",
        hint="`tracker model add FILE.onnx` makes one",
    )


def model_folders(folder: Path) -> list[Path]:
    """Every model folder in a folder and among those that ship, by name."""
    found: dict[str, Path] = {}
    for place in (folder, SHIPPED, PACKAGED):
        if place.is_dir():
            for path in sorted(place.iterdir()):
                if (path / CARD_NAME).is_file():
                    found.setdefault(path.name, path)
    return [found[name] for name in sorted(found)]
