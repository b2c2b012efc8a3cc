"""What was concluded and what was sent: estimates, releases, disclosures, and the log of it all."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import JSON, CheckConstraint, ForeignKey, ForeignKeyConstraint, Index, Text
from sqlalchemy.orm import Mapped, mapped_column

from tracker.store.tables.declarative import Row, UtcDateTime, Word
from tracker.store.taxonomy import Category, Retention, about, operations

_ORDER = operations("rows can be joined to their order", Retention.ORDER)
_SHARE = operations("the order's progress is shown", Retention.ORDER)
_FINISH = operations("the order's finish is shown", Retention.ORDER)
_PROOF = operations("what an outsider was told can be proven", Retention.ORDER)
_CHAIN = operations("a change of the log is noticed", Retention.LOG)


class EstimateRow(Row):
    """The last estimate of an order on a UTC day; the newest day holds the current one."""

    __tablename__ = "estimates"

    order_id: Mapped[str] = mapped_column(Word, ForeignKey("orders.id"), primary_key=True, info=_ORDER)
    day: Mapped[date] = mapped_column(
        primary_key=True, info=operations("progress by day and past promises can be judged", Retention.ORDER)
    )
    as_of: Mapped[datetime] = mapped_column(
        UtcDateTime, info=operations("an outdated estimate is recognised", Retention.ORDER)
    )
    deliverable_p10: Mapped[float] = mapped_column(info=_SHARE)
    deliverable_p50: Mapped[float] = mapped_column(info=_SHARE)
    deliverable_p90: Mapped[float] = mapped_column(info=_SHARE)
    work_content_p10: Mapped[float] = mapped_column(info=_SHARE)
    work_content_p50: Mapped[float] = mapped_column(info=_SHARE)
    work_content_p90: Mapped[float] = mapped_column(info=_SHARE)
    finish_p10: Mapped[datetime | None] = mapped_column(UtcDateTime, info=_FINISH)
    finish_p50: Mapped[datetime | None] = mapped_column(UtcDateTime, info=_FINISH)
    finish_p90: Mapped[datetime | None] = mapped_column(UtcDateTime, info=_FINISH)
    p_on_time: Mapped[float | None] = mapped_column(info=_FINISH)
    outlook: Mapped[str] = mapped_column(Word, info=_FINISH)
    none_due_yet: Mapped[bool] = mapped_column(info=_SHARE)
    stale_since: Mapped[datetime | None] = mapped_column(
        UtcDateTime, info=operations("an estimate on old evidence says so", Retention.ORDER)
    )
    steps: Mapped[list[list[object]]] = mapped_column(
        JSON, info=operations("progress by step is shown", Retention.ORDER)
    )
    shortfalls: Mapped[list[list[int]]] = mapped_column(
        JSON, info=operations("lines that miss pieces are shown", Retention.ORDER)
    )


class ReleaseRow(Row):
    """What outsiders may see of an order in one epoch; never changed once made (a trigger refuses)."""

    __tablename__ = "releases"
    __table_args__ = (Index(None, "customer"),)

    order_id: Mapped[str] = mapped_column(Word, ForeignKey("orders.id"), primary_key=True, info=_ORDER)
    epoch: Mapped[datetime] = mapped_column(UtcDateTime, primary_key=True, info=_PROOF)
    customer: Mapped[str] = mapped_column(
        Word, info=about(Category.ORGANISATION, "releases reach only the customer who ordered", Retention.ORDER)
    )
    band_low_pct: Mapped[int] = mapped_column(info=_PROOF)
    band_high_pct: Mapped[int] = mapped_column(info=_PROOF)
    milestone: Mapped[str] = mapped_column(Word, info=_PROOF)
    finish_earliest: Mapped[date | None] = mapped_column(info=_PROOF)
    finish_latest: Mapped[date | None] = mapped_column(info=_PROOF)
    outlook: Mapped[str] = mapped_column(Word, info=_PROOF)
    stale: Mapped[bool] = mapped_column(info=_PROOF)
    next_expected_at: Mapped[datetime] = mapped_column(UtcDateTime, info=_PROOF)
    made_at: Mapped[datetime] = mapped_column(UtcDateTime, info=_PROOF)


class DisclosureRow(Row):
    """Who was told which release, when first, and how often since."""

    __tablename__ = "disclosures"
    __table_args__ = (
        ForeignKeyConstraint(["order_id", "epoch"], ["releases.order_id", "releases.epoch"]),
        CheckConstraint("times >= 1", name="told_at_least_once"),
    )

    order_id: Mapped[str] = mapped_column(Word, primary_key=True, info=_ORDER)
    epoch: Mapped[datetime] = mapped_column(UtcDateTime, primary_key=True, info=_PROOF)
    recipient: Mapped[str] = mapped_column(
        Word,
        primary_key=True,
        info=about(Category.ORGANISATION, "the shop sees who was told what", Retention.ORDER),
    )
    first_at: Mapped[datetime] = mapped_column(UtcDateTime, info=_PROOF)
    times: Mapped[int] = mapped_column(info=operations("unusual polling is seen", Retention.ORDER))


class LogRow(Row):
    """What was seen, changed and sent; append-only (triggers refuse anything else) and chained by hash."""

    __tablename__ = "log"
    __table_args__ = (Index(None, "kind"),)

    seq: Mapped[int] = mapped_column(primary_key=True, autoincrement=False, info=_CHAIN)
    at: Mapped[datetime] = mapped_column(UtcDateTime, info=operations("what happened has a time", Retention.LOG))
    kind: Mapped[str] = mapped_column(Word, info=operations("entries can be searched", Retention.LOG))
    subject: Mapped[str] = mapped_column(
        Word, info=operations("entries about one order or camera can be searched", Retention.LOG)
    )
    payload: Mapped[str] = mapped_column(
        Text, info=operations("what happened can be read, without names, pictures or secrets", Retention.LOG)
    )
    prev_hash: Mapped[str] = mapped_column(Word, info=_CHAIN)
    hash: Mapped[str] = mapped_column(Word, info=_CHAIN)


class MappingRow(Row):
    """A remembered reading of somebody's order sheet: which column means what."""

    __tablename__ = "sheet_mappings"

    name: Mapped[str] = mapped_column(
        Word, primary_key=True, info=operations("the next sheet of the same kind is read alike", Retention.CURRENT)
    )
    mapping: Mapped[dict[str, object]] = mapped_column(
        JSON, info=operations("the next sheet of the same kind is read alike", Retention.CURRENT)
    )
    remembered_at: Mapped[datetime] = mapped_column(
        UtcDateTime, info=operations("an old mapping is recognised", Retention.CURRENT)
    )
