"""What kind of file this really is, from its first bytes; its name must say the same."""

from __future__ import annotations

from enum import Enum, auto
from pathlib import Path
from typing import Final

from tracker.intake.findings import refusal

OLE_MAGIC: Final = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
"""Compound file: old .xls, and every password-protected Office file ([MS-CFB] 2.2)."""

_ENCRYPTED: Final = "EncryptedPackage".encode("utf-16-le")
_TEXT_SUFFIXES: Final = frozenset({".csv", ".tsv", ".txt"})
_MACRO_SUFFIXES: Final = frozenset({".xlsm", ".xltm", ".xlsb", ".xlam"})

_FOREIGN: Final[tuple[tuple[bytes, str], ...]] = (
    (b"%PDF", "a PDF"),
    (b"\x89PNG", "a picture"),
    (b"\xff\xd8\xff", "a picture"),
    (b"GIF8", "a picture"),
    (b"Rar!", "a RAR archive"),
    (b"7z\xbc\xaf", "a 7-Zip archive"),
    (b"\x1f\x8b", "a gzip archive"),
    (b"{\\rtf", "a text document"),
    (b"SQLite format 3", "a database"),
)
_MARKUP: Final = (b"<html", b"<!doctype", b"<table", b"<?xml", b"<meta", b"<style")


class FileKind(Enum):
    """What can be read."""

    XLSX = auto()
    CSV = auto()


def kind_of(data: bytes, path: Path) -> FileKind:
    """The kind of a file that can be read.

    Args:
        data: The whole file, not empty.
        path: Its name, for the suffix and for messages.

    Raises:
        SheetError: An old, encrypted, macro-carrying or foreign format, or a suffix that does not fit the content.
    """
    suffix = path.suffix.casefold()
    if data.startswith(b"PK"):
        return _workbook(suffix, path.name)
    foreign = _foreign(data)
    if foreign is not None:
        raise refusal(path.name, foreign)
    if suffix == ".xlsx":
        raise refusal(path.name, "is named .xlsx but is no workbook; it may be cut off or renamed. Save it again")
    if suffix not in _TEXT_SUFFIXES:
        raise refusal(path.name, f"expected .xlsx or .csv, got {suffix or 'no suffix'}; save the sheet as one of them")
    return FileKind.CSV


def _workbook(suffix: str, source: str) -> FileKind:
    if suffix in _MACRO_SUFFIXES:
        raise refusal(source, f"may hold macros ({suffix}); save it as .xlsx, which holds none")
    if suffix != ".xlsx":
        raise refusal(source, f"is named {suffix or 'without suffix'} but is a zipped workbook; rename it to .xlsx")
    return FileKind.XLSX


def _foreign(data: bytes) -> str | None:
    """What is wrong with a file that is neither a zipped workbook nor plain text."""
    if data.startswith(OLE_MAGIC):
        if _ENCRYPTED in data:
            return "is protected with a password; open it, remove the password and save it again"
        return "is an old Excel 97-2003 file; open it and save it as .xlsx or CSV UTF-8"
    for magic, name in _FOREIGN:
        if data.startswith(magic):
            return f"is {name}, not a sheet; give the .xlsx or .csv file it was made from"
    if data[:512].lstrip(b"\xef\xbb\xbf \t\r\n").lower().startswith(_MARKUP):
        return "is a web page or XML named like a sheet; open it in Excel or WPS and save it as .xlsx"
    return None
