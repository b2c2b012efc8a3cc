"""The documents say what the program does."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from serve_client import Client

from tracker.serve import faults
from tracker.serve.documents import EXAMPLE_ORDER, EXAMPLE_PROBLEM
from tracker.serve.pages import REFRESH_S, REFRESH_WITHOUT_SCRIPT_S
from tracker.serve.sight import SILENT_AFTER
from tracker.serve.today import LATEST_UNASSIGNED

DOCS = Path(__file__).parents[2] / "docs"
API, SERVE = ((DOCS / name).read_text(encoding="utf-8") for name in ("api.md", "serve.md"))


def test_examples_are_those_of_the_openapi_document() -> None:
    shown = [json.loads(block) for block in re.findall(r"```json\n(.*?)```", API, re.DOTALL)]
    assert shown == [EXAMPLE_ORDER, EXAMPLE_PROBLEM]


def test_every_field_and_every_problem_is_explained(client: Client) -> None:
    schemas = client.get("/api/v1/openapi.json").json()["components"]["schemas"]
    explained = set(re.findall(r"`([\w:-]+)`", API))
    assert set(schemas["OrderStatus"]["properties"]) <= explained
    assert set(schemas["Outlook"]["enum"]) <= explained
    assert {faults.INVALID[0], faults.UNAVAILABLE[0], faults.BLANK} <= explained


def test_every_figure_is_explained_and_none_is_invented(client: Client) -> None:
    served = set(re.findall(r"^(fairloom_\w+)[{ ]", client.get("/metrics").text, re.MULTILINE))
    assert set(re.findall(r"`(fairloom_\w+)`", SERVE)) == served


@pytest.mark.parametrize("path", re.findall(r"^\| `(/[^`]*)` \|", SERVE, re.MULTILINE))
def test_every_address_is_served(client: Client, path: str) -> None:
    assert client.get(path).status_code == 200


def test_numbers_are_the_programs() -> None:
    assert f"every {REFRESH_S} seconds" in SERVE
    assert f"every {REFRESH_WITHOUT_SCRIPT_S} seconds" in SERVE
    assert f"older than {SILENT_AFTER.total_seconds():.0f} seconds" in " ".join(SERVE.split())
    assert f"latest {LATEST_UNASSIGNED}" in SERVE
