"""Where the database is: a file, or a server whose password stands in the environment and nowhere else."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from sqlalchemy import URL, make_url
from sqlalchemy.exc import ArgumentError

from tracker.domain.environment import PLACEHOLDER, fill, named_values
from tracker.domain.errors import ConfigError

_EXAMPLE = "postgresql://fairloom:${PGPASSWORD}@db.example/fairloom"
_EXPECTED = f"a file name, or {_EXAMPLE}"
_SERVERS = ("postgresql", "postgres", "postgresql+psycopg")
"""What a server's URL may begin with; psycopg is the one driver that is tested."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a database is, safe to print.

    Attributes:
        name: For messages: a file's path, or ``fairloom on db.example``.
        url: What SQLAlchemy connects to; holds the credentials.
        path: The SQLite file; ``None`` for a server.
    """

    name: str
    url: URL = field(repr=False)
    path: Path | None
    _secrets: tuple[str, ...] = field(default=(), repr=False)

    def redact(self, text: str) -> str:
        """``text`` without any of the secrets."""
        for secret in self._secrets:
            text = text.replace(secret, "***")
        return text


def place_of(url_or_path: str | Path, environ: Mapping[str, str]) -> Place:
    """The database that a path, a ``sqlite:///`` or a ``postgresql://`` URL names.

    A written-out password is refused: settings get copied, mailed and backed up.

    Args:
        url_or_path: Such as ``shop.db`` or ``postgresql://fairloom:${PGPASSWORD}@db.example/fairloom``.
        environ: Environment variables by name.

    Raises:
        ConfigError: Another database's URL, one in memory, one with a password in it, or a variable that is not set.
    """
    if isinstance(url_or_path, Path) or "://" not in url_or_path:
        return _file(Path(url_or_path))
    try:
        url = make_url(url_or_path)
    except (ArgumentError, ValueError):
        raise ConfigError("the database URL cannot be read", expected=_EXPECTED) from None
    if url.drivername == "sqlite":
        if not url.database or url.database == ":memory:":
            raise ConfigError("a database in memory would be lost with the process", expected="a file", got=str(url))
        return _file(Path(url.database))
    if url.drivername not in _SERVERS:
        raise ConfigError("this database is not supported", expected=_EXPECTED, got=url.drivername)
    return _server(url, environ)


def _file(path: Path) -> Place:
    return Place(str(path), URL.create("sqlite", database=str(path)), path)


def _server(url: URL, environ: Mapping[str, str]) -> Place:
    _refuse_passwords(url)
    if not url.database or "@" in (url.host or ""):
        raise ConfigError("the database URL cannot be read", expected=_EXPECTED)
    name = f"{url.database} on {url.host or url.query.get('host') or 'this machine'}"
    values: dict[str, str] = {}

    def filled(text: str | None) -> str | None:
        if not text:
            return text
        values.update(named_values(text, environ, owner="the database URL"))
        return fill(text, values)

    def filled_query(texts: str | tuple[str, ...]) -> str | tuple[str, ...]:
        return tuple(str(filled(text)) for text in texts) if isinstance(texts, tuple) else str(filled(texts))

    complete = URL.create(
        "postgresql+psycopg",
        username=filled(url.username),
        password=filled(url.password) or None,
        host=filled(url.host),
        port=url.port,
        database=filled(url.database),
        query={key: filled_query(texts) for key, texts in url.query.items()},
    )
    # Longest first, so that a secret inside another does not leave the rest of it standing.
    return Place(name, complete, None, tuple(sorted(set(values.values()), key=len, reverse=True)))


def _refuse_passwords(url: URL) -> None:
    """Shows nothing of the URL: a password with an @ in it ends in what looks like a host."""
    written = [texts for key, texts in url.query.items() if "password" in key.lower()]
    if url.password:
        written.append(url.password)
    if not all(isinstance(text, str) and PLACEHOLDER.fullmatch(text) for text in written):
        raise ConfigError(
            "the database's password stands in the settings",
            expected="${NAME}",
            hint=f"Put it into an environment variable and write its name: {_EXAMPLE}",
        )
