"""The zip archive around a workbook, opened so that a hostile one costs neither memory nor time."""

from __future__ import annotations

import io
import re
import zipfile
import zlib
from collections.abc import Iterator
from typing import Any, Final

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import DefusedXMLParser, ParseError

from tracker.intake.findings import refusal
from tracker.intake.limits import (
    MAX_MEMBERS,
    MAX_NESTING,
    MAX_PART_BYTES,
    MAX_RATIO,
    MAX_UNPACKED_BYTES,
    RATIO_FREE_BYTES,
)

_CHUNK_BYTES: Final = 64 * 1024
_ENCRYPTED_BIT: Final = 0x1
_DAMAGED: Final = "the workbook is damaged or cut off; open it in Excel or WPS, save it again, or get a new copy"
_ZIP_ERRORS: Final = (
    zipfile.BadZipFile, zlib.error, EOFError, OSError, RuntimeError, NotImplementedError, ValueError, OverflowError,
)  # fmt: skip
"""All that ``zipfile`` raises on damaged archives; the last two for offsets before and beyond the file."""
_ENCODING: Final = re.compile(rb"<\?xml[^>]*encoding\s*=\s*[\"']([^\"']*)")
_DECLARATION_BYTES: Final = 400
_XML_ENCODINGS: Final = frozenset({b"utf-8", b"utf-16", b"us-ascii", b"ascii"})
_OTHER_CONTENT: Final = (
    ("word/document.xml", "is a Word document, not a workbook"),
    ("ppt/presentation.xml", "is a presentation, not a workbook"),
    ("xl/workbook.bin", "is a binary workbook (.xlsb); save it as .xlsx"),
    ("Index/Document.iwa", "is a Numbers document; export it as .xlsx"),
    ("content.xml", "is an OpenDocument sheet (.ods); save it as .xlsx"),
)


class TooLargeError(ValueError):
    """A part holds more than the limits allow, or nests deeper; the message says what."""


class XmlTarget:
    """Receives the elements of one XML part as they stream by; no tree is built.

    Namespaces are dropped, so that transitional and strict workbooks (ISO/IEC 29500-1 and -4) read alike.
    """

    def __init__(self) -> None:
        self._depth = 0

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        """An element begins."""
        self._depth += 1
        if self._depth > MAX_NESTING:
            raise TooLargeError(f"XML elements nest deeper than {MAX_NESTING}")
        self.begin(tag[tag.rfind("}") + 1 :], attributes)

    def end(self, tag: str) -> None:
        """An element ends."""
        self._depth -= 1
        self.finish(tag[tag.rfind("}") + 1 :])

    def data(self, text: str) -> None:
        """Text inside the current element, possibly in pieces."""

    def close(self) -> None:
        """The part has ended."""

    def begin(self, tag: str, attributes: dict[str, str]) -> None:
        """An element begins; its name without namespace, those of its attributes as they are."""

    def finish(self, tag: str) -> None:
        """An element ends; name without namespace."""


class Archive:
    """The parts of a workbook; only those that are asked for are ever unpacked.

    Args:
        data: The whole file.
        source: Its name, for messages.

    Raises:
        SheetError: No zip archive, damaged, encrypted, another format, with macros, or beyond the limits.
    """

    def __init__(self, data: bytes, source: str) -> None:
        self._source = source
        self._unpacked_bytes = 0
        try:
            self._zip = zipfile.ZipFile(io.BytesIO(data))
            members = self._zip.infolist()
        except _ZIP_ERRORS as error:
            raise refusal(source, _DAMAGED) from error
        self._members = {member.filename: member for member in members}
        self._judge(members)

    def __contains__(self, name: str) -> bool:
        return name in self._members

    def parse(self, name: str, target: XmlTarget) -> None:
        """Stream one XML part into a target.

        Args:
            name: Path inside the archive.

        Raises:
            SheetError: No such part, damaged, not XML, with a document type (which OOXML forbids and entity bombs
                need), or more than the target accepts.
        """
        parser: Any = DefusedXMLParser(target=target, forbid_dtd=True)
        try:
            for number, chunk in enumerate(self._chunks(name)):
                if number == 0:
                    self._judge_encoding(chunk)
                parser.feed(chunk)
            parser.close()
        except DefusedXmlException as error:
            what = "the workbook declares XML entities or document types, as attacks do and workbooks never; refused"
            raise refusal(self._source, what) from error
        except TooLargeError as error:
            raise refusal(self._source, f"{error}; split the sheet or remove what is not part of the orders") from error
        except ParseError as error:
            raise refusal(self._source, _DAMAGED) from error

    def _chunks(self, name: str) -> Iterator[bytes]:
        member = self._members.get(name)
        if member is None:
            raise refusal(self._source, _DAMAGED)
        self._judge_size(member)
        self._unpacked_bytes += member.file_size
        if self._unpacked_bytes > MAX_UNPACKED_BYTES:
            what = f"the worksheets unpack to more than {MAX_UNPACKED_BYTES // 2**20} MB; split the workbook"
            raise refusal(self._source, what)
        try:
            with self._zip.open(member) as part:
                while chunk := part.read(_CHUNK_BYTES):
                    yield chunk
        except _ZIP_ERRORS as error:
            raise refusal(self._source, _DAMAGED) from error

    def _judge_encoding(self, head: bytes) -> None:
        """Only UTF-8 and UTF-16 occur in OOXML (ECMA-376 part 2, 8.1.3); others make the parser raise at random."""
        declared = _ENCODING.search(head[:_DECLARATION_BYTES].replace(b"\0", b""))
        if declared is not None and declared[1].lower() not in _XML_ENCODINGS:
            raise refusal(self._source, _DAMAGED)

    def _judge(self, members: list[zipfile.ZipInfo]) -> None:
        if len(members) > MAX_MEMBERS:
            raise refusal(self._source, f"holds {len(members)} files inside, more than {MAX_MEMBERS}; save it again")
        if any(member.flag_bits & _ENCRYPTED_BIT for member in members):
            raise refusal(self._source, "is protected with a password; remove it and save the workbook again")
        for name, what in _OTHER_CONTENT:
            if name in self._members:
                raise refusal(self._source, what)
        if len(self._members) != len(members):
            raise refusal(self._source, _DAMAGED)
        if any(name.casefold().endswith("vbaproject.bin") for name in self._members):
            raise refusal(self._source, "holds macros; save it as .xlsx without macros")

    def _judge_size(self, member: zipfile.ZipInfo) -> None:
        """``zipfile`` never yields more than the declared size, so judging that before unpacking is enough."""
        ratio = member.file_size / max(member.compress_size, 1)
        bomb = ratio > MAX_RATIO and member.file_size > RATIO_FREE_BYTES
        if bomb or member.file_size > MAX_PART_BYTES:
            size_mb = member.file_size / 2**20
            what = (
                f"{member.filename} unpacks to {size_mb:.0f} MB ({ratio:.0f} times its packed size); "
                f"at most {MAX_PART_BYTES // 2**20} MB and {MAX_RATIO} times are read. Keep only the orders in it"
            )
            raise refusal(self._source, what)
        if member.compress_type not in {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}:
            raise refusal(self._source, _DAMAGED)
