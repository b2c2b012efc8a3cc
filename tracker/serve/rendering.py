"""Templates, one environment a language, and the files that pages link to."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from tracker.serve.language import TRANSLATIONS, Language

HERE = Path(__file__).parent
TYPES = {".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}


@dataclass(frozen=True, slots=True)
class Asset:
    """A file that pages link to.

    Attributes:
        address: With the version in it, so that a browser may keep the file for good.
    """

    body: bytes
    media_type: str
    address: str


def assets() -> dict[str, Asset]:
    """Every linked file by name; nothing else on the disk can be asked for."""
    return {path.name: _asset(path) for path in sorted((HERE / "static").iterdir()) if path.suffix in TYPES}


def environments(files: dict[str, Asset]) -> dict[Language, Environment]:
    """A template environment for each language; everything shown is escaped."""
    return {language: _environment(language, files) for language in Language}


def _asset(path: Path) -> Asset:
    body = path.read_bytes()
    version = hashlib.sha256(body).hexdigest()[:12]
    return Asset(body, TYPES[path.suffix], f"/static/{path.name}?v={version}")


def _environment(language: Language, files: dict[str, Asset]) -> Environment:
    environment = Environment(
        loader=FileSystemLoader(HERE / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
        extensions=["jinja2.ext.i18n"],
    )
    extended: Any = environment  # the extension adds the method below
    extended.install_gettext_translations(TRANSLATIONS[language], newstyle=True)
    environment.globals["language"] = language
    environment.globals["languages"] = tuple(Language)
    environment.globals["asset"] = {name: file.address for name, file in files.items()}
    return environment
