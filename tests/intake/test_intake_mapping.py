"""What a user says about headers, and how it is remembered."""

from __future__ import annotations

import json

import pytest

from tracker.domain.errors import ConfigError
from tracker.intake import DateOrder, Mapping
from tracker.intake.fields import Field, nearest_field


def test_a_mapping_survives_being_stored() -> None:
    mapping = Mapping({"货号": Field.ORDER, "Ship to": Field.CUSTOMER, "备用": Field.IGNORE}, DateOrder.MONTH_FIRST)
    assert Mapping.from_dict(json.loads(json.dumps(mapping.to_dict()))) == mapping
    assert Mapping.from_dict(Mapping().to_dict()) == Mapping()


def test_stated_headers_win_over_known_ones_however_they_are_written() -> None:
    mapping = Mapping({"Style No.": Field.ORDER})
    assert mapping.field_of("style no") is Field.ORDER
    assert mapping.field_of("STYLE-NO:") is Field.ORDER
    assert mapping.field_of("款号") is Field.STYLE
    assert mapping.field_of("x" * 1000) is None


def test_a_header_may_hold_an_equals_sign() -> None:
    assert Mapping.from_arguments(["a=b=order"]).columns == {"a=b": Field.ORDER}


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["order"], "expected HEADER=FIELD"),
        (["=order"], "expected HEADER=FIELD"),
        (["货号="], "expected HEADER=FIELD"),
        (["货号=oder"], "The nearest is order"),
        (["货号=order", "货号=style"], "expected one field for '货号'; got order and style"),
    ],
)
def test_arguments_that_cannot_be_understood(arguments: list[str], said: str) -> None:
    with pytest.raises(ConfigError) as caught:
        Mapping.from_arguments(arguments)
    assert said in str(caught.value)


@pytest.mark.parametrize(
    "stored",
    [
        {"columns": ["货号"]},  # not a table
        {"columns": {"货号": "oder"}},  # unknown field
        {"columns": {}, "dates": "backwards"},
        {"column": {}},  # unknown key
    ],
)
def test_a_stored_mapping_that_was_damaged_is_an_error(stored: dict[str, object]) -> None:
    with pytest.raises(ConfigError):
        Mapping.from_dict(stored)


@pytest.mark.parametrize(
    ("text", "field"),
    [("ordr no", Field.ORDER), ("qantity", Field.QUANTITY), ("customr", Field.CUSTOMER), ("zzz", None)],
)
def test_mistyped_headers_have_a_nearest_one(text: str, field: Field | None) -> None:
    near = nearest_field(text)
    assert (near[0] if near else None) is field
