"""docs/releases.md shows the document as it really leaves."""

from __future__ import annotations

import json
import re
from datetime import UTC, date, datetime
from pathlib import Path

from tracker.domain.estimates import Outlook
from tracker.domain.orders import OrderId
from tracker.domain.releases import Release
from tracker.release import as_dict

PAGE = Path(__file__).parents[2] / "docs" / "releases.md"


def test_example_in_the_docs_is_what_as_dict_makes() -> None:
    example = re.search(r"```json\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    assert example is not None
    told = Release(
        order=OrderId("PO-7"),
        customer="Acme",
        epoch=datetime(2026, 11, 4, 7, tzinfo=UTC),
        band_low_pct=30,
        band_high_pct=40,
        milestone="sew",
        finish_earliest=date(2026, 11, 4),
        finish_latest=date(2026, 11, 7),
        outlook=Outlook.ON_TRACK,
        stale=False,
        next_expected_at=datetime(2026, 11, 4, 8, tzinfo=UTC),
    )
    assert json.dumps(as_dict(told), indent=2) == example[1].strip()


def test_every_outlook_and_field_is_explained() -> None:
    page = PAGE.read_text(encoding="utf-8")
    for word in (*Outlook, *Release.__dataclass_fields__):
        assert f"`{word}`" in page or f'"{word}"' in page
