"""``tracker orders``: import, list, show and schedule."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any
from zoneinfo import ZoneInfo

import typer

from tracker.cli.shell import JsonOption, WorkshopOption, console, print_json, say
from tracker.domain.errors import UsageError

if TYPE_CHECKING:
    from tracker.config import Workshop
    from tracker.domain.orders import Order
    from tracker.intake import Mapping
    from tracker.store import ReadView

app = typer.Typer(help="Orders: import sheets, list, show, schedule.", no_args_is_help=True)

HERE = Path()
SHEET_MAPPING = "orders"
"""Name under which the column mapping of the last imported sheet is remembered."""
LATEST_LOOSE = 1000
"""Of events that belong to no order so many are looked at; older ones are history."""


@app.command("import")
def import_orders(
    sheet: Annotated[Path, typer.Argument(help="XLSX or CSV file; layouts are in docs/order-sheets.md.")],
    *,
    bulletin: Annotated[Path | None, typer.Option(help="Operation bulletin in a file of its own.")] = None,
    columns: Annotated[
        list[str] | None, typer.Option("--map", help="What a header means, e.g. --map 货号=order; remembered.")
    ] = None,
    dates: Annotated[str | None, typer.Option(help="Order of dates like 3/7/2026: day-first or month-first.")] = None,
    dry_run: Annotated[bool, typer.Option(help="Check and show, import nothing.")] = False,
    workshop: WorkshopOption = HERE,
    as_json: JsonOption = False,
) -> None:
    """Import orders from a sheet: everything or nothing, with every fault by row and column."""
    from tracker.app import open_workshop, utc_now
    from tracker.cli.shown import order_dict, steps
    from tracker.intake import read_sheet
    from tracker.progress import refresh

    settings, store = open_workshop(workshop)
    now = utc_now()
    with store:
        with store.read() as view:
            mapping = _mapping(view, columns, dates)
            existing = tuple(order.id for order in view.orders())
        read = read_sheet(sheet, mapping=mapping, today=_today(settings, now), existing=existing, bulletin=bulletin)
        for warning in read.warnings:
            say(f"warning: {warning}")
        if not dry_run:
            with store.write(now) as unit:
                unit.add_orders(read.orders)
                unit.remember_mapping(SHEET_MAPPING, read.mapping.to_dict())
            refresh(store, calendar=settings.calendar, now=now, orders=[order.id for order in read.orders])
    if as_json:
        print_json({"imported": not dry_run, "orders": [order_dict(order) for order in read.orders]})
        return
    for order in read.orders:
        console().print(f"{order.id}: {order.customer}, {order.style}, {order.quantity} {order.unit}, {steps(order)}")
    console().print(f"{len(read.orders)} order(s) {'checked' if dry_run else 'imported'}")


@app.command("template")
def template(file: Annotated[Path, typer.Argument(help="File to write, .xlsx or .csv.")]) -> None:
    """Write an example sheet to fill in."""
    from tracker.app import utc_now
    from tracker.intake import write_template

    write_template(file, today=utc_now().astimezone().date())
    console().print(f"wrote {file}")


@app.command("list")
def list_orders(*, workshop: WorkshopOption = HERE, as_json: JsonOption = False) -> None:
    """All orders with their progress."""
    from rich.table import Table

    from tracker.app import open_workshop
    from tracker.cli.shown import estimate_dict, local, order_dict, percent

    settings, store = open_workshop(workshop)
    with store, store.read() as view:
        rows = [(order, view.estimate(order.id)) for order in view.orders()]
    if as_json:
        print_json([order_dict(order) | {"estimate": estimate_dict(estimate)} for order, estimate in rows])
        return
    if not rows:
        say("no orders yet: `tracker orders import SHEET`, or `tracker orders template orders.xlsx` to start from")
        return
    table = Table(
        "order", "customer", "style", "pieces", "due", "state", "deliverable", "work", "finish P50", "outlook"
    )
    for order, estimate in rows:
        table.add_row(
            order.id,
            order.customer,
            order.style,
            str(order.quantity),
            order.due.isoformat() if order.due else "-",
            order.state,
            percent(estimate.deliverable) if estimate else "-",
            percent(estimate.work_content) if estimate else "-",
            local(settings, estimate.finish.p50) if estimate and estimate.finish else "-",
            estimate.outlook.replace("_", " ") if estimate else "no data",
        )
    console().print(table)


@app.command("show")
def show(
    order: Annotated[str, typer.Argument(help="Order number.")],
    *,
    why: Annotated[
        bool, typer.Option("--why", help="Explain: evidence by step, and where events were assigned.")
    ] = False,
    workshop: WorkshopOption = HERE,
    as_json: JsonOption = False,
) -> None:
    """One order: lines, route, estimate; with --why also the evidence."""
    from tracker.app import open_workshop, utc_now
    from tracker.cli.reasons import why_line
    from tracker.cli.shown import estimate_dict, order_dict, print_estimate, steps
    from tracker.domain.orders import OrderId

    settings, store = open_workshop(workshop)
    now = utc_now()
    with store, store.read() as view:
        found = view.order(OrderId(order))
        estimate = view.estimate(found.id)
        evidence = _evidence_dict(view, found, settings, now) if why else None
    whole = order_dict(found) | {"estimate": estimate_dict(estimate)}
    if evidence is not None:
        whole["evidence"] = evidence
    if as_json:
        print_json(whole)
        return
    out = console()
    out.print(f"{found.id}: {found.customer}, {found.style}, due {found.due or '-'}, {found.state}")
    for line in found.lines:
        out.print(f"  {line.label}: {line.quantity}")
    out.print(f"  route: {steps(found)} (weights: {found.route.weight_source})")
    print_estimate(found, estimate, settings)
    for step in (evidence or {}).get("steps", []):
        out.print(f"  {step['step']}: " + "; ".join(step["because"]))
    for group in (evidence or {}).get("attributed", []):
        out.print("  " + why_line(group, settings))
    for group in (evidence or {}).get("unassigned", []):
        out.print("  not given to any order: " + why_line(group, settings))


@app.command("schedule")
def schedule(
    order: Annotated[str, typer.Argument(help="Order number.")],
    step: Annotated[str, typer.Argument(help="Step of its route.")],
    *,
    cell: Annotated[str | None, typer.Option(help="Cell that works on it; default: every cell of the step.")] = None,
    start: Annotated[str | None, typer.Option("--from", help="ISO 8601 with offset; default: now.")] = None,
    end: Annotated[
        str | None, typer.Option("--to", help="ISO 8601 with offset; default: until further notice.")
    ] = None,
    workshop: WorkshopOption = HERE,
) -> None:
    """Say which order a cell works on at a step; events there then belong to it."""
    from tracker.app import open_workshop, utc_now
    from tracker.cli.shown import instant
    from tracker.domain.orders import OrderId, ScheduleEntry
    from tracker.domain.rules import CellId, StepId

    _, store = open_workshop(workshop)
    now = utc_now()
    entry = ScheduleEntry(
        order=OrderId(order),
        step=StepId(step),
        cell=CellId(cell) if cell else None,
        start=instant(start, "--from") if start else now,
        end=instant(end, "--to") if end else None,
    )
    with store, store.write(now) as unit:
        unit.add_schedule([entry])
    console().print(f"{order} at {step}{f' in cell {cell}' if cell else ''} from {entry.start.isoformat()}")


def _mapping(view: ReadView, columns: list[str] | None, dates: str | None) -> Mapping:
    from tracker.intake import DateOrder, Mapping

    remembered = Mapping.from_dict(view.mapping(SHEET_MAPPING)) if SHEET_MAPPING in view.mappings() else Mapping()
    given = Mapping.from_arguments(columns or [])
    merged = remembered.with_columns(given.columns)
    if dates is None:
        return merged
    if dates not in set(DateOrder):
        raise UsageError(f"--dates {dates}", expected=" or ".join(DateOrder))
    return Mapping(merged.columns, DateOrder(dates))


def _today(settings: Workshop, now: datetime) -> date:
    return now.astimezone(ZoneInfo(settings.calendar.timezone)).date()


def _evidence_dict(view: ReadView, order: Order, settings: Workshop, now: datetime) -> dict[str, Any]:
    from tracker.cli.reasons import grouped
    from tracker.cli.shown import local

    evidence = view.evidence(order.id, calendar=settings.calendar, now=now)
    known = []
    for step in evidence.steps:
        because = [f"{step.human.pieces} counted by hand at {local(settings, step.human.at)}"] if step.human else []
        because += [
            f"rule {tally.rule} counted {tally.pieces:+d} since, blind for {tally.blind_s / 60:.0f} min"
            for tally in step.tallies
        ]
        known.append({"step": step.step, "because": because or ["nothing known"]})
    given = view.events(order=order.id)
    assigned: dict[str, int] = {}
    for stored in given:
        assigned[stored.reason] = assigned.get(stored.reason, 0) + stored.event.pieces
    on_route = {step.id for step in order.route.steps}
    loose = [stored for stored in view.unassigned(LATEST_LOOSE).events if stored.event.step in on_route]
    return {
        "steps": known,
        "assigned": assigned,
        "attributed": grouped(given),
        "unassigned": grouped(sorted(loose, key=lambda stored: stored.event.moment.at)),
    }
