"""``tracker scan``: bundle tickets and order cards from a USB scanner, a file or a photo."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TextIO

import typer

from tracker.cli.shell import JsonOption, WorkshopOption, console, exit_code, print_json, say
from tracker.domain.errors import ConfigError, NotFoundError, TrackerError, UsageError

if TYPE_CHECKING:
    from tracker.domain.cards import CardNumber
    from tracker.scanning import Desk, Scanned
    from tracker.store import Store

HERE = Path()


def scan(
    file: Annotated[Path | None, typer.Argument(help="Codes in a file, one a line; default: standard input.")] = None,
    *,
    step: Annotated[str | None, typer.Option(help="Step at which bundle tickets count.")] = None,
    cell: Annotated[str | None, typer.Option(help="Cell that order cards bind, and in which tickets count.")] = None,
    hold_h: Annotated[float, typer.Option("--hold", min=0.5, max=24, help="Hours a card binds.")] = 8.0,
    photo: Annotated[Path | None, typer.Option(help="Read the codes in a photo instead.")] = None,
    workshop: WorkshopOption = HERE,
    as_json: JsonOption = False,
) -> None:
    """Take scanned codes: a bundle ticket counts its pieces at a step, an order card binds a cell."""
    from tracker.app import open_workshop, utc_now
    from tracker.domain.rules import CellId, StepId
    from tracker.progress import refresh
    from tracker.scanning import Desk

    if step is None and cell is None:
        raise UsageError("nothing says what the codes are for", expected="--step STEP, --cell CELL, or both")
    if file is not None and photo is not None:
        raise UsageError("a file of codes and a photo at once", expected="one of them")
    desk = Desk(StepId(step) if step else None, CellId(cell) if cell else None, timedelta(hours=hold_h))
    settings, store = open_workshop(workshop)
    taken: list[Scanned] = []
    faults: list[TrackerError] = []
    with store:
        for where, code in _photographed(photo) if photo else _typed(file):
            try:
                done = _take(store, code, desk)
            except TrackerError as error:
                faults.append(error)
                say(f"tracker: {where}: {error}")
                continue
            taken.append(done)
            if not as_json:
                console().print(done.sentence)
        moved = sorted({done.order for done in taken if done.pieces})
        if moved:
            refresh(store, calendar=settings.calendar, now=utc_now(), orders=moved)
    _sum_up(taken, faults, as_json=as_json)


def _sum_up(taken: list[Scanned], faults: list[TrackerError], *, as_json: bool) -> None:
    pieces, repeated = sum(done.pieces for done in taken), sum(done.repeated for done in taken)
    if as_json:
        print_json(
            {
                "pieces": pieces,
                "codes": [
                    {"order": done.order, "pieces": done.pieces, "repeated": done.repeated, "what": done.sentence}
                    for done in taken
                ],
                "faults": [str(error) for error in faults],
            }
        )
    else:
        again = f", {repeated} scanned before" if repeated else ""
        wrong = f", {len(faults)} not taken" if faults else ""
        console().print(f"{pieces} pieces from {len(taken)} codes{again}{wrong}")
    if faults:
        raise typer.Exit(exit_code(faults[0]))


def _take(store: Store, code: str | CardNumber, desk: Desk) -> Scanned:
    """One code in a transaction of its own: what was beeped is on disk."""
    from tracker.app import utc_now
    from tracker.domain.cards import read_code
    from tracker.scanning import take, take_card

    read = read_code(code) if isinstance(code, str) else code
    now = utc_now()
    with store.write(now) as unit:
        if isinstance(read, int):
            return take_card(unit, read, desk, now=now)
        return take(unit, read, desk, now=now)


def _typed(file: Path | None) -> Iterator[tuple[str, str]]:
    """Codes, one a line, with the place of each; blank lines are passed over."""
    if file is None:
        yield from _lines(sys.stdin)
        return
    try:
        _check_text(file)
        with file.open(encoding="utf-8-sig", errors="replace") as text:
            yield from _lines(text)
    except OSError as error:
        found = "no such file" if isinstance(error, FileNotFoundError) else str(error.strerror)
        raise ConfigError(f"{file} cannot be read", expected="a text file, one code a line", got=found) from error


def _check_text(file: Path) -> None:
    """Make sure, before the first code is taken, that a file is text; what is no file (a pipe) is read as it comes.

    Raises:
        ConfigError: It is something else.
    """
    if not file.is_file():
        return
    try:
        with file.open(encoding="utf-8-sig") as text:
            for _ in text:
                pass
    except UnicodeDecodeError:
        expected = "a text file in UTF-8, one code a line"
        raise ConfigError(f"{file} cannot be read", expected=expected, got="something else") from None


def _lines(text: TextIO | Iterable[str]) -> Iterator[tuple[str, str]]:
    for number, line in enumerate(text, start=1):
        if line.strip():
            yield f"line {number}", line.strip()


def _photographed(photo: Path) -> Iterator[tuple[str, str | CardNumber]]:
    """Every code in a photo: QR codes, and tags of cards whose QR code was not read."""
    from tracker.detect.tags import TagReader, read_photo, read_tickets
    from tracker.domain.cards import OrderCard, read_code

    luma = read_photo(photo)
    texts = tuple(ticket.text for ticket in read_tickets(luma))
    tags = {tag.number for tag in TagReader().read(luma)}
    for text in texts:
        yield photo.name, text
        try:
            code = read_code(text)
        except ConfigError:
            continue  # whoever takes it says what is wrong with it
        if isinstance(code, OrderCard):
            tags.discard(code.card)
    for number in sorted(tags):
        yield photo.name, number
    if not texts and not tags:
        raise NotFoundError(
            f"{photo}: no code found",
            expected="a sharp photo in which a ticket fills a good part of the picture",
            hint="Go closer, hold still, avoid glare.",
        )
