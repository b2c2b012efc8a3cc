"""Everything Fairloom raises on purpose.

    TrackerError                 what, expected, got, what to do
    ├── ConfigError              a TOML file, an argument or an environment variable is wrong
    │   ├── CalibrationError     a zone, line or rule that cannot work
    │   └── UsageError           a command was called wrongly: an option is missing or never takes this
    ├── ModelError               a model folder, card or ONNX file is wrong
    │   ├── ModelHashError       model.onnx is not the file its card describes
    │   ├── ModelRefusedError    the model declares outputs about people (face, pose, emotion, identity)
    │   └── ProviderError        the execution provider that was asked for does not run
    ├── SourceError              a video file or stream cannot be opened or read
    ├── SheetError               an order sheet has faults; carries every one with row and column
    ├── StoreError               the database refuses
    │   ├── StoreBusyError       another process holds the lock longer than the wait
    │   └── StoreFullError       the disk is full
    ├── NotFoundError            no such order, camera, rule or step
    └── ConflictError            the change contradicts what is already recorded

Only ``TrackerError`` is shown to a user as one line; anything else is a defect and keeps its traceback.
"""

from __future__ import annotations


class TrackerError(Exception):
    """Root of every error that is part of the product's contract.

    Args:
        what: What went wrong, in the user's words.
        expected: What would have been right.
        got: What was found instead.
        hint: What to do about it.
    """

    def __init__(
        self, what: str, *, expected: str | None = None, got: str | None = None, hint: str | None = None
    ) -> None:
        self.what, self.expected, self.got, self.hint = what, expected, got, hint
        parts = [what]
        if expected is not None:
            parts.append(f"expected {expected}")
        if got is not None:
            parts.append(f"got {got}")
        message = "; ".join(parts)
        super().__init__(f"{message}. {hint}" if hint else message)


class ConfigError(TrackerError):
    """A settings file, an argument or an environment variable is wrong."""


class CalibrationError(ConfigError):
    """A zone, line or rule of a camera that cannot work."""


class UsageError(ConfigError):
    """A command was called wrongly; the same call is wrong with any file."""


class ModelError(TrackerError):
    """A model folder, its card or its ONNX file is wrong."""


class ModelHashError(ModelError):
    """The weights are not the ones the card describes."""


class ModelRefusedError(ModelError):
    """The model declares outputs about people; Fairloom never loads such a model."""


class ProviderError(ModelError):
    """The execution provider that was asked for is not the one that runs."""


class SourceError(TrackerError):
    """A video file or stream cannot be opened or read."""


class StoreError(TrackerError):
    """The database refuses."""


class StoreBusyError(StoreError):
    """Another process holds the database's write lock longer than the configured wait."""


class StoreFullError(StoreError):
    """The disk has no room for the transaction; nothing of it was kept."""


class NotFoundError(TrackerError):
    """No such order, camera, rule or step."""


class ConflictError(TrackerError):
    """The change contradicts what is already recorded."""


class SheetError(TrackerError):
    """An order sheet has faults; nothing of it was imported.

    Args:
        source: Name of the sheet file.
        faults: Every fault found, in reading order.
    """

    def __init__(self, source: str, faults: tuple[SheetFault, ...]) -> None:
        self.source, self.faults = source, faults
        lines = "\n".join(f"  {fault}" for fault in faults)
        super().__init__(f"{source}: {len(faults)} fault(s), nothing was imported\n{lines}")


class SheetFault:
    """One fault in an order sheet.

    Attributes:
        row: 1-based row as the spreadsheet program shows it; ``None`` for the whole file.
        column: Column letter as the spreadsheet program shows it (``"C"``); ``None`` for the whole row.
        what: What is wrong and what was expected.
        sheet: Name of the worksheet; ``None`` for a CSV file or the whole workbook.
    """

    __slots__ = ("column", "row", "sheet", "what")

    def __init__(self, row: int | None, column: str | None, what: str, *, sheet: str | None = None) -> None:
        self.row, self.column, self.what, self.sheet = row, column, what, sheet

    def __str__(self) -> str:
        place = f"{self.column or ''}{self.row or ''}"
        if self.sheet is not None:
            place = f"{self.sheet}!{place}" if place else self.sheet
        return f"{place}: {self.what}" if place else self.what
