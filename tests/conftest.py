"""Rules for every test: no network but loopback where a test asks for it, and no time limits inside properties."""

from __future__ import annotations

import os

import pytest
from databases import database, postgres_database, postgres_server, sqlite_copy
from hypothesis import settings

__all__ = ["database", "postgres_database", "postgres_server", "sqlite_copy"]

collect_ignore_glob = ["*conftest.py"]
"""pytest loads these itself; looking for doctests in them imports several modules of one name."""
LOOPBACK = ["127.0.0.1", "localhost", "::1"]

# Machines differ in speed and CI is busy: an example may take long. Every failure prints what reproduces it.
settings.register_profile("fairloom", deadline=None, print_blob=True)
settings.load_profile("fairloom")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Let tests marked ``socket`` reach this machine, and no other; all others have no network at all."""
    for item in items:
        # On Windows an event loop talks to itself through a loopback pair, where others use a UNIX pair.
        if item.get_closest_marker("socket") or os.name == "nt":
            item.add_marker(pytest.mark.allow_hosts(LOOPBACK))
