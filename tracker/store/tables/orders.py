"""Orders with every revision, and what people say about them: schedule, counts, milestones."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, ForeignKeyConstraint, Index
from sqlalchemy.orm import Mapped, mapped_column

from tracker.store.tables.declarative import Row, UtcDateTime, Word
from tracker.store.taxonomy import Category, Retention, about, operations

_ORDER = operations("rows can be joined to their order", Retention.ORDER)
_REVISION = operations("what was agreed at which time stays known", Retention.ORDER)
_POSITION = operations("rows come back in the order of the sheet", Retention.ORDER)
_STEP = operations("counts can be matched with the order's route", Retention.ORDER)


class OrderRow(Row):
    """An order's identity and state; its content stands in its revisions."""

    __tablename__ = "orders"
    __table_args__ = (Index(None, "state"),)

    id: Mapped[str] = mapped_column(Word, primary_key=True, info=_ORDER)
    revision: Mapped[int] = mapped_column(info=operations("the current revision is found at once", Retention.ORDER))
    state: Mapped[str] = mapped_column(Word, info=operations("only open orders take counts", Retention.ORDER))
    state_since: Mapped[datetime] = mapped_column(
        UtcDateTime, info=operations("the order's rows can be erased 30 days after it closed", Retention.ORDER)
    )
    imported_at: Mapped[datetime] = mapped_column(
        UtcDateTime, info=operations("the shop sees when an order came in", Retention.ORDER)
    )


class RevisionRow(Row):
    """One version of an order."""

    __tablename__ = "order_revisions"
    __table_args__ = (
        CheckConstraint("revision >= 1", name="revision_from_one"),
        CheckConstraint("over_tolerance >= 0 AND over_tolerance <= 1", name="over_tolerance_is_share"),
        CheckConstraint("short_tolerance >= 0 AND short_tolerance <= 1", name="short_tolerance_is_share"),
    )

    order_id: Mapped[str] = mapped_column(Word, ForeignKey("orders.id"), primary_key=True, info=_ORDER)
    revision: Mapped[int] = mapped_column(primary_key=True, info=_REVISION)
    customer: Mapped[str] = mapped_column(
        Word, info=about(Category.ORGANISATION, "releases reach only the customer who ordered", Retention.ORDER)
    )
    style: Mapped[str] = mapped_column(Word, info=operations("people recognise the order", Retention.ORDER))
    style_family: Mapped[str] = mapped_column(
        Word, info=operations("default weights and pace can be chosen", Retention.ORDER)
    )
    unit: Mapped[str] = mapped_column(Word, info=operations("pieces can be told from sets", Retention.ORDER))
    requested: Mapped[date | None] = mapped_column(info=operations("lateness can be judged", Retention.ORDER))
    promised: Mapped[date | None] = mapped_column(info=operations("lateness can be judged", Retention.ORDER))
    over_tolerance: Mapped[float] = mapped_column(info=operations("over-delivery can be judged", Retention.ORDER))
    short_tolerance: Mapped[float] = mapped_column(info=operations("short delivery can be judged", Retention.ORDER))
    weight_source: Mapped[str] = mapped_column(
        Word, info=operations("readers know how far to trust work-content figures", Retention.ORDER)
    )
    recorded_at: Mapped[datetime] = mapped_column(UtcDateTime, info=_REVISION)


def _of_revision() -> ForeignKeyConstraint:
    return ForeignKeyConstraint(["order_id", "revision"], ["order_revisions.order_id", "order_revisions.revision"])


class LineRow(Row):
    """A colour and size of one revision."""

    __tablename__ = "order_lines"
    __table_args__ = (_of_revision(), CheckConstraint("quantity >= 1", name="quantity_positive"))

    order_id: Mapped[str] = mapped_column(Word, primary_key=True, info=_ORDER)
    revision: Mapped[int] = mapped_column(primary_key=True, info=_REVISION)
    position: Mapped[int] = mapped_column(primary_key=True, info=_POSITION)
    colour: Mapped[str] = mapped_column(Word, info=operations("lines can be told apart", Retention.ORDER))
    size: Mapped[str] = mapped_column(Word, info=operations("lines can be told apart", Retention.ORDER))
    quantity: Mapped[int] = mapped_column(info=operations("progress has a denominator", Retention.ORDER))


class StepRow(Row):
    """A step of one revision's route."""

    __tablename__ = "route_steps"
    __table_args__ = (_of_revision(), CheckConstraint("weight >= 0", name="weight_not_negative"))

    order_id: Mapped[str] = mapped_column(Word, primary_key=True, info=_ORDER)
    revision: Mapped[int] = mapped_column(primary_key=True, info=_REVISION)
    position: Mapped[int] = mapped_column(primary_key=True, info=_POSITION)
    step: Mapped[str] = mapped_column(Word, info=_STEP)
    weight: Mapped[float] = mapped_column(info=operations("work content can be summed over steps", Retention.ORDER))
    outsourced: Mapped[bool] = mapped_column(
        info=operations("silence of a supplier is not taken for a stall", Retention.ORDER)
    )


class OperationRow(Row):
    """A row of one revision's operation bulletin."""

    __tablename__ = "operations"
    __table_args__ = (_of_revision(), CheckConstraint("weight > 0", name="weight_positive"))

    order_id: Mapped[str] = mapped_column(Word, primary_key=True, info=_ORDER)
    revision: Mapped[int] = mapped_column(primary_key=True, info=_REVISION)
    position: Mapped[int] = mapped_column(primary_key=True, info=_POSITION)
    name: Mapped[str] = mapped_column(Word, info=operations("the bulletin can be shown again", Retention.ORDER))
    step: Mapped[str] = mapped_column(Word, info=_STEP)
    weight: Mapped[float] = mapped_column(info=operations("a step's weight can be checked", Retention.ORDER))


class ScheduleRow(Row):
    """A cell works on an order at a step during a time."""

    __tablename__ = "schedule"
    __table_args__ = (
        CheckConstraint('"end" IS NULL OR "end" > start', name="end_after_start"),
        Index(None, "order_id", "step"),
    )

    id: Mapped[int] = mapped_column(primary_key=True, info=operations("the row can be named", Retention.ORDER))
    order_id: Mapped[str] = mapped_column(Word, ForeignKey("orders.id"), info=_ORDER)
    step: Mapped[str] = mapped_column(Word, info=_STEP)
    cell: Mapped[str | None] = mapped_column(
        Word, info=about(Category.WORKPLACE, "pieces seen at a place find their order", Retention.ORDER)
    )
    start: Mapped[datetime] = mapped_column(
        UtcDateTime, info=operations("pieces seen at a time find their order", Retention.ORDER)
    )
    end: Mapped[datetime | None] = mapped_column(
        UtcDateTime, info=operations("pieces seen at a time find their order", Retention.ORDER)
    )


class HumanCountRow(Row):
    """Total good pieces through a step so far, as counted by hand. Who counted is not asked."""

    __tablename__ = "human_counts"
    __table_args__ = (CheckConstraint("pieces >= 0", name="pieces_not_negative"), Index(None, "order_id", "step", "at"))

    id: Mapped[int] = mapped_column(primary_key=True, info=operations("the row can be named", Retention.ORDER))
    order_id: Mapped[str] = mapped_column(Word, ForeignKey("orders.id"), info=_ORDER)
    step: Mapped[str] = mapped_column(Word, info=_STEP)
    revision: Mapped[int] = mapped_column(
        info=operations("a line's number is understood after a later revision moved it", Retention.ORDER)
    )
    line: Mapped[int | None] = mapped_column(info=operations("short lines can be named", Retention.ORDER))
    pieces: Mapped[int] = mapped_column(info=operations("the order's progress is corrected", Retention.ORDER))
    at: Mapped[datetime] = mapped_column(UtcDateTime, info=operations("later camera counts add to it", Retention.ORDER))
    recorded_at: Mapped[datetime] = mapped_column(
        UtcDateTime, info=operations("of two counts of one moment the later entry holds", Retention.ORDER)
    )


class MilestoneRow(Row):
    """Somebody tapped a step as reached (shipped, sent out, returned): a statement about the order."""

    __tablename__ = "milestones"
    __table_args__ = (Index(None, "order_id", "step"),)

    id: Mapped[int] = mapped_column(primary_key=True, info=operations("the row can be named", Retention.ORDER))
    order_id: Mapped[str] = mapped_column(Word, ForeignKey("orders.id"), info=_ORDER)
    step: Mapped[str] = mapped_column(Word, info=_STEP)
    mark: Mapped[str] = mapped_column(Word, info=operations("sent can be told from returned", Retention.ORDER))
    at: Mapped[datetime] = mapped_column(
        UtcDateTime, info=operations("steps without cameras have a date", Retention.ORDER)
    )
