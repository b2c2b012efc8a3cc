"""A disk that remembers what was written and what was synced, to take the power away from at any moment.

SQLite does its reading and writing through a table of functions (a VFS). Here its own table is copied and three of the
functions are wrapped, so that the program's own SQLite, with its own settings, tells each write, truncation and sync in
the order in which it asked for them. A power cut keeps what was synced. Of what was written after a file's last sync it
may keep all, nothing, or any sectors in any order; that is the freedom that disks and file systems have. A deleted file
may come back until its folder was synced. SQLite does that itself with the first sync of a new journal
(UNIXFILE_DIRSYNC in os_unix.c).
"""

from __future__ import annotations

import _sqlite3
import ctypes
from collections.abc import Iterable
from ctypes import POINTER, c_char_p, c_int, c_int64, c_void_p
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from types import TracebackType
from typing import Self

import numpy as np

SECTOR = 512
"""Bytes that a disk writes as a whole or not at all."""

OK = 0
_OPEN_CREATE, _OPEN_JOURNAL = 0x4, 0x800 | 0x4000 | 0x80000
"""Flags of sqlite3.h: a file that may be new; a rollback, super- or write-ahead journal."""


class Kind(StrEnum):
    """What was asked of the disk, or what the program said in between."""

    WRITE = "write"
    TRUNCATE = "truncate"
    SYNC = "sync"
    SYNC_FOLDER = "sync folder"
    DELETE = "delete"
    SAID = "said"


@dataclass(frozen=True, slots=True)
class Operation:
    """One thing asked of the disk.

    Attributes:
        name: The file, without its folder; for ``SAID`` and ``SYNC_FOLDER`` empty.
        at: Offset of a write, bytes; length that a truncation leaves; for ``SAID`` the number that was said.
        data: What was written.
    """

    kind: Kind
    name: str
    at: int = 0
    data: bytes = b""


# Names are passed on as pointers: SQLite keeps them, and reads on behind their end.
_OPEN = ctypes.CFUNCTYPE(c_int, c_void_p, c_void_p, c_void_p, c_int, POINTER(c_int))
_DELETE = ctypes.CFUNCTYPE(c_int, c_void_p, c_void_p, c_int)
_WRITE = ctypes.CFUNCTYPE(c_int, c_void_p, c_void_p, c_int, c_int64)
_TRUNCATE = ctypes.CFUNCTYPE(c_int, c_void_p, c_int64)
_SYNC = ctypes.CFUNCTYPE(c_int, c_void_p, c_int)


class _Vfs(ctypes.Structure):
    """``sqlite3_vfs`` of sqlite3.h, version 3."""

    _fields_ = (
        ("version", c_int),
        ("file_bytes", c_int),
        ("longest_path", c_int),
        ("next", c_void_p),
        ("name", c_char_p),
        ("app_data", c_void_p),
        ("open", _OPEN),
        ("delete", _DELETE),
        *((f"other{number}", c_void_p) for number in range(14)),
    )


class _Methods(ctypes.Structure):
    """``sqlite3_io_methods`` of sqlite3.h, version 3."""

    _fields_ = (
        ("version", c_int),
        ("close", c_void_p),
        ("read", c_void_p),
        ("write", _WRITE),
        ("truncate", _TRUNCATE),
        ("sync", _SYNC),
        *((f"other{number}", c_void_p) for number in range(12)),
    )


class _File(ctypes.Structure):
    """``sqlite3_file`` of sqlite3.h."""

    _fields_ = (("methods", POINTER(_Methods)),)


def sqlite_library() -> ctypes.CDLL | None:
    """The SQLite that this Python uses; ``None`` where its functions cannot be reached."""
    try:
        library = ctypes.CDLL(_sqlite3.__file__)
        library.sqlite3_vfs_find.restype = POINTER(_Vfs)
    except (AttributeError, OSError):
        return None  # built into Python itself, with its names stripped
    library.sqlite3_vfs_find.argtypes = [c_char_p]
    library.sqlite3_vfs_register.argtypes = [POINTER(_Vfs), c_int]
    library.sqlite3_vfs_unregister.argtypes = [POINTER(_Vfs)]
    return library


class RecordedDisk:
    """Records what SQLite asks of the disk while it is entered; for one thread.

    Attributes:
        operations: Everything, in order.
    """

    def __init__(self, library: ctypes.CDLL) -> None:
        self.operations: list[Operation] = []
        self._library = library
        self._original = library.sqlite3_vfs_find(None)
        self._names: dict[int, str] = {}
        self._new: set[int] = set()
        self._wrapped: dict[int, _Methods] = {}
        self._kept: list[object] = []  # a callback that Python forgets is a crash
        self._vfs = _Vfs.from_buffer_copy(self._original.contents)
        self._vfs.name = b"recorded"
        self._vfs.open = self._keep(_OPEN(self._open))
        self._vfs.delete = self._keep(_DELETE(self._delete))

    def __enter__(self) -> Self:
        self._library.sqlite3_vfs_register(ctypes.byref(self._vfs), 1)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._library.sqlite3_vfs_register(self._original, 1)
        self._library.sqlite3_vfs_unregister(ctypes.byref(self._vfs))

    def say(self, number: int) -> None:
        """Put down that the program has told somebody this number by now."""
        self.operations.append(Operation(Kind.SAID, "", number))

    def _keep(self, callback: object) -> object:
        self._kept.append(callback)
        return callback

    def _open(self, _vfs: int, name: int | None, file: int, flags: int, said: object) -> int:
        result = int(self._original.contents.open(ctypes.addressof(self._original.contents), name, file, flags, said))
        if result == OK and name is not None:
            self._names[file] = _name_at(name)
            self._new.discard(file)
            if flags & _OPEN_CREATE and flags & _OPEN_JOURNAL:
                self._new.add(file)
            opened = _File.from_address(file)
            opened.methods = ctypes.pointer(self._methods(opened.methods.contents))
        return result

    def _methods(self, original: _Methods) -> _Methods:
        address = ctypes.addressof(original)
        if address not in self._wrapped:
            wrapped = _Methods.from_buffer_copy(original)

            def write(file: int, data: int, length: int, at: int) -> int:
                self.operations.append(Operation(Kind.WRITE, self._names[file], at, ctypes.string_at(data, length)))
                return int(original.write(file, data, length, at))

            def truncate(file: int, length: int) -> int:
                self.operations.append(Operation(Kind.TRUNCATE, self._names[file], length))
                return int(original.truncate(file, length))

            def sync(file: int, flags: int) -> int:
                result = int(original.sync(file, flags))
                self.operations.append(Operation(Kind.SYNC, self._names[file]))
                if file in self._new:
                    self._new.remove(file)
                    self.operations.append(Operation(Kind.SYNC_FOLDER, ""))
                return result

            wrapped.write = self._keep(_WRITE(write))
            wrapped.truncate = self._keep(_TRUNCATE(truncate))
            wrapped.sync = self._keep(_SYNC(sync))
            self._wrapped[address] = wrapped
        return self._wrapped[address]

    def _delete(self, _vfs: int, name: int, sync_folder: int) -> int:
        self.operations.append(Operation(Kind.DELETE, _name_at(name)))
        return int(self._original.contents.delete(ctypes.addressof(self._original.contents), name, sync_folder))


def _name_at(address: int) -> str:
    return Path(ctypes.string_at(address).decode()).name


@dataclass(slots=True)
class _OnDisk:
    """One file: what is safe, and what was asked for since.

    Attributes:
        safe: Content after the last sync; ``None`` when the file need not be there.
    """

    safe: bytes | None
    pending: list[Operation]

    def bury(self) -> None:
        """Makes sure that a deleted file does not come back."""
        deletions = [index for index, one in enumerate(self.pending) if one.kind is Kind.DELETE]
        if deletions:
            self.safe, self.pending = None, self.pending[deletions[-1] + 1 :]


class Survivor(StrEnum):
    """How a power cut treats what was not synced."""

    NOTHING = "nothing"
    EVERYTHING = "everything"
    SOME = "some"
    """Any sectors of any writes."""


def after_power_cut(
    operations: Iterable[Operation], survives: Survivor, rng: np.random.Generator
) -> tuple[dict[str, bytes], int]:
    """The files as they are found when power is back, and the last number that was said (-1: none)."""
    files: dict[str, _OnDisk] = {}
    said = -1
    for operation in operations:
        if operation.kind is Kind.SAID:
            said = operation.at
            continue
        if operation.kind is Kind.SYNC_FOLDER:
            for file in files.values():
                file.bury()
            continue
        file = files.setdefault(operation.name, _OnDisk(None, []))
        if operation.kind is Kind.SYNC:
            file.safe, file.pending = _apply(file, Survivor.EVERYTHING, rng) or b"", []
        else:
            file.pending.append(operation)
    found = {name: _apply(file, survives, rng) for name, file in files.items()}
    return {name: content for name, content in found.items() if content is not None}, said


def _apply(file: _OnDisk, survives: Survivor, rng: np.random.Generator) -> bytes | None:
    content = None if file.safe is None else bytearray(file.safe)
    for operation in file.pending:
        if survives is Survivor.NOTHING:
            break
        lucky = survives is Survivor.EVERYTHING or rng.random() < 0.5
        if operation.kind is Kind.DELETE:
            if not lucky:
                break  # what was written later went into a new file that nobody finds
            content = None
        elif operation.kind is Kind.TRUNCATE:
            if lucky and content is not None:
                del content[operation.at :]
        elif survives is Survivor.EVERYTHING:
            content = _written(content, operation.at, operation.data)
        else:
            for start, piece in _sectors(operation):
                if rng.random() < 0.5:
                    content = _written(content, start, piece)
    return None if content is None else bytes(content)


def _sectors(operation: Operation) -> Iterable[tuple[int, bytes]]:
    """Offset and content of the parts of a write that lie in one sector each."""
    start, end = operation.at, operation.at + len(operation.data)
    while start < end:
        stop = min(end, (start // SECTOR + 1) * SECTOR)
        yield start, operation.data[start - operation.at : stop - operation.at]
        start = stop


def _written(content: bytearray | None, at: int, data: bytes) -> bytearray:
    content = bytearray() if content is None else content
    content.extend(bytes(max(0, at - len(content))))
    content[at : at + len(data)] = data
    return content
