"""What the columns of a customer's sheet mean, where their headers do not say so themselves."""

from __future__ import annotations

import collections.abc
import difflib
from dataclasses import dataclass, field
from enum import StrEnum

from tracker.domain.errors import ConfigError, UsageError
from tracker.intake.fields import Field, key_of, known_field
from tracker.intake.limits import MAX_HEADER_CHARS

_KEYS = ("columns", "dates")


class DateOrder(StrEnum):
    """How 03/07/2026 is to be read."""

    DAY_FIRST = "day-first"
    MONTH_FIRST = "month-first"


@dataclass(frozen=True, slots=True)
class Mapping:
    """Header text to field; stated ones win over the known words of ``fields.HEADERS``.

    The caller remembers one per customer: ``read_sheet`` returns the mapping it used, ``to_dict`` makes it storable.

    Attributes:
        columns: Header or label as written on the sheet -> meaning; ``Field.IGNORE`` silences a column.
        dates: How all-digit dates with the year last are written; ``None`` makes ambiguous ones a fault.
    """

    columns: collections.abc.Mapping[str, Field] = field(default_factory=dict)
    dates: DateOrder | None = None

    def field_of(self, header: str) -> Field | None:
        """What a header means by this mapping, else by the known words; ``None`` when unknown."""
        if not self.columns or len(header) > MAX_HEADER_CHARS:
            return known_field(header)
        stated = self._by_key().get(key_of(header))
        return stated if stated is not None else known_field(header)

    def with_columns(self, columns: collections.abc.Mapping[str, Field]) -> Mapping:
        """The mapping with these headers added."""
        return Mapping({**self.columns, **columns}, self.dates)

    def to_dict(self) -> dict[str, object]:
        """A form that JSON and TOML can hold; ``from_dict`` reads it back."""
        stored: dict[str, object] = {"columns": {header: str(meaning) for header, meaning in self.columns.items()}}
        if self.dates is not None:
            stored["dates"] = str(self.dates)
        return stored

    @classmethod
    def from_dict(cls, stored: collections.abc.Mapping[str, object]) -> Mapping:
        """The mapping that ``to_dict`` stored.

        Raises:
            ConfigError: It holds an unknown key, field or date order.
        """
        unknown = set(stored) - set(_KEYS)
        columns = stored.get("columns", {})
        if unknown or not isinstance(columns, collections.abc.Mapping):
            raise ConfigError(
                "remembered mapping", expected="the keys columns and dates", got=", ".join(map(str, stored))
            )
        dates = stored.get("dates")
        return cls(
            {str(header): _field(str(meaning)) for header, meaning in columns.items()},
            None if dates is None else _date_order(str(dates)),
        )

    @classmethod
    def from_arguments(cls, arguments: collections.abc.Iterable[str]) -> Mapping:
        """The mapping of ``--map`` arguments.

        Args:
            arguments: Each ``HEADER=FIELD``.

        Raises:
            ConfigError: An argument has no ``=``, names an unknown field, or says two things about one header.

        >>> Mapping.from_arguments(["货号=order"]).to_dict()
        {'columns': {'货号': 'order'}}
        """
        columns: dict[str, Field] = {}
        for argument in arguments:
            header, equals, meaning = (part.strip() for part in argument.rpartition("="))
            if not equals or not header or not meaning:
                raise UsageError("--map", expected="HEADER=FIELD, for example 货号=order", got=repr(argument))
            if columns.setdefault(header, _field(meaning)) is not _field(meaning):
                raise UsageError("--map", expected=f"one field for {header!r}", got=f"{columns[header]} and {meaning}")
        return cls(columns)

    def _by_key(self) -> dict[str, Field]:
        return {key_of(header): meaning for header, meaning in self.columns.items()}


def _field(name: str) -> Field:
    try:
        return Field(name.casefold())
    except ValueError:
        near = difflib.get_close_matches(name.casefold(), list(Field), n=1, cutoff=0.0)
        raise UsageError(
            "--map names a field that does not exist", expected=", ".join(Field), got=repr(name),
            hint=f"The nearest is {near[0]!s}",
        ) from None  # fmt: skip


def _date_order(name: str) -> DateOrder:
    try:
        return DateOrder(name)
    except ValueError:
        raise ConfigError("dates of a mapping", expected=" or ".join(DateOrder), got=repr(name)) from None
