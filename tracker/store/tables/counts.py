"""What cameras saw: events, their orders, stock, gaps, and each camera's own state."""

from __future__ import annotations

import uuid
from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, Uuid, text
from sqlalchemy.orm import Mapped, declared_attr, mapped_column

from tracker.store.tables.declarative import Row, Sentence, UtcDateTime, Word
from tracker.store.taxonomy import Category, Retention, about, operations

_CELL = about(Category.WORKPLACE, "pieces seen at a place find their order", Retention.FINE)
_WHEN = about(Category.BEHAVIOUR, "pieces can be put on a production day and after a human count", Retention.FINE)


class _Counted:
    """The columns of a counted event; shared by accepted and quarantined ones."""

    camera: Mapped[str] = mapped_column(Word, info=operations("accuracy is known per camera and rule", Retention.FINE))
    rule: Mapped[str] = mapped_column(Word, info=operations("accuracy is known per camera and rule", Retention.FINE))
    kind: Mapped[str] = mapped_column(Word, info=operations("gates and transfers err differently", Retention.FINE))
    direction: Mapped[str] = mapped_column(Word, info=operations("what came back is not progress", Retention.FINE))
    class_name: Mapped[str] = mapped_column(Word, info=operations("a panel can be told from a bag", Retention.FINE))
    pieces: Mapped[int] = mapped_column(info=about(Category.BEHAVIOUR, "progress can be summed", Retention.FINE))
    frame: Mapped[int] = mapped_column(info=operations("a count can be checked on its footage", Retention.FINE))
    t_s: Mapped[float] = mapped_column(info=operations("a count can be checked on its footage", Retention.FINE))
    at: Mapped[datetime] = mapped_column(UtcDateTime, info=_WHEN)
    decided_at: Mapped[datetime] = mapped_column(
        UtcDateTime, info=about(Category.BEHAVIOUR, "late arrivals can be told from new ones", Retention.FINE)
    )
    step: Mapped[str | None] = mapped_column(Word, info=operations("pieces count towards a step", Retention.FINE))
    cell: Mapped[str | None] = mapped_column(Word, info=_CELL)
    provenance: Mapped[str] = mapped_column(Word, info=operations("evidence can be weighed by kind", Retention.FINE))
    rules_version: Mapped[int] = mapped_column(
        info=operations("counts made under other rules are not mixed up", Retention.FINE)
    )

    @declared_attr.directive
    @classmethod
    def __table_args__(cls) -> tuple[CheckConstraint | Index, ...]:
        return (CheckConstraint("decided_at >= at", name="decided_not_before"), Index(None, "at"))


class EventRow(_Counted, Row):
    """Pieces that went past a rule. Never changed once written (a trigger refuses)."""

    __tablename__ = "events"

    seq: Mapped[int] = mapped_column(
        primary_key=True, info=operations("rows are found fast and in order of arrival", Retention.FINE)
    )
    id: Mapped[uuid.UUID] = mapped_column(
        Uuid, unique=True, info=operations("the same footage counted again adds nothing", Retention.FINE)
    )


class AssignmentRow(Row):
    """Which order an event belongs to; the only thing about an event that may change."""

    __tablename__ = "assignments"
    __table_args__ = (Index(None, "order_id"),)

    event_seq: Mapped[int] = mapped_column(
        ForeignKey("events.seq", ondelete="CASCADE"),
        primary_key=True,
        autoincrement=False,
        info=operations("each event has one assignment", Retention.FINE),
    )
    order_id: Mapped[str | None] = mapped_column(
        Word, ForeignKey("orders.id"), info=operations("pieces count towards an order", Retention.FINE)
    )
    reason: Mapped[str] = mapped_column(Sentence, info=operations("every answer can be explained", Retention.FINE))
    manual: Mapped[bool] = mapped_column(
        info=operations("a decision by hand can be told from a rule's", Retention.FINE)
    )
    assigned_at: Mapped[datetime] = mapped_column(
        UtcDateTime, info=operations("a later decision can be told from an earlier", Retention.FINE)
    )


class QuarantineRow(_Counted, Row):
    """An event that came below its camera's watermark: kept apart, never added."""

    __tablename__ = "quarantined_events"

    id: Mapped[uuid.UUID] = mapped_column(
        Uuid, primary_key=True, info=operations("the same late event is kept once", Retention.FINE)
    )
    quarantined_at: Mapped[datetime] = mapped_column(
        UtcDateTime, info=operations("the fault can be looked for", Retention.FINE)
    )


class StockRow(Row):
    """Pieces that lay in a zone during a still moment."""

    __tablename__ = "stock_readings"
    __table_args__ = (
        CheckConstraint("visible >= 0", name="visible_not_negative"),
        CheckConstraint("pieces >= 0", name="pieces_not_negative"),
    )

    camera: Mapped[str] = mapped_column(
        Word, primary_key=True, info=operations("accuracy is known per camera and rule", Retention.FINE)
    )
    rule: Mapped[str] = mapped_column(
        Word, primary_key=True, info=operations("accuracy is known per camera and rule", Retention.FINE)
    )
    at: Mapped[datetime] = mapped_column(UtcDateTime, primary_key=True, info=_WHEN)
    step: Mapped[str | None] = mapped_column(Word, info=operations("stock belongs to a step", Retention.FINE))
    cell: Mapped[str | None] = mapped_column(Word, info=_CELL)
    visible: Mapped[int] = mapped_column(info=operations("a reading can be checked", Retention.FINE))
    pieces: Mapped[int] = mapped_column(info=operations("stock is evidence of progress", Retention.FINE))
    frame: Mapped[int] = mapped_column(info=operations("a reading can be checked on its footage", Retention.FINE))
    t_s: Mapped[float] = mapped_column(info=operations("a reading can be checked on its footage", Retention.FINE))


class GapRow(Row):
    """A stretch in which a camera saw nothing."""

    __tablename__ = "gaps"
    __table_args__ = (
        CheckConstraint('"end" IS NULL OR "end" >= start', name="end_not_before"),
        Index(
            "uq_gaps_one_open",
            "camera",
            unique=True,
            sqlite_where=text('"end" IS NULL'),
            postgresql_where=text('"end" IS NULL'),
        ),
    )

    camera: Mapped[str] = mapped_column(
        Word, primary_key=True, info=operations("blind time is known per camera", Retention.ORDER)
    )
    start: Mapped[datetime] = mapped_column(
        UtcDateTime, primary_key=True, info=operations("blind time widens intervals", Retention.ORDER)
    )
    end: Mapped[datetime | None] = mapped_column(
        UtcDateTime, info=operations("blind time widens intervals", Retention.ORDER)
    )
    reason: Mapped[str] = mapped_column(Word, info=operations("a fault can be told from a pause", Retention.ORDER))


class ActivityWindowRow(Row):
    """How long a cell was busy in an hour or more; impossible for fewer than three seats."""

    __tablename__ = "activity_windows"
    __table_args__ = (
        CheckConstraint("seats >= 3", name="at_least_three_seats"),
        CheckConstraint("duration_s >= 3600", name="at_least_an_hour"),
        CheckConstraint("busy_s >= 0 AND busy_s <= duration_s", name="busy_within_window"),
    )

    camera: Mapped[str] = mapped_column(
        Word, primary_key=True, info=operations("a window comes from one camera and rule", Retention.WINDOW)
    )
    rule: Mapped[str] = mapped_column(
        Word, primary_key=True, info=operations("a window comes from one camera and rule", Retention.WINDOW)
    )
    start: Mapped[datetime] = mapped_column(
        UtcDateTime, primary_key=True, info=about(Category.BEHAVIOUR, "idle hours are seen", Retention.WINDOW)
    )
    duration_s: Mapped[int] = mapped_column(
        info=about(Category.BEHAVIOUR, "windows shorter than an hour are refused", Retention.WINDOW)
    )
    busy_s: Mapped[float] = mapped_column(info=about(Category.BEHAVIOUR, "idle hours are seen", Retention.WINDOW))
    cell: Mapped[str | None] = mapped_column(
        Word, info=about(Category.WORKPLACE, "idle hours have a place", Retention.WINDOW)
    )
    seats: Mapped[int] = mapped_column(
        info=about(Category.WORKPLACE, "cells of fewer than three seats are refused", Retention.WINDOW)
    )


class CameraRow(Row):
    """What a camera is for, what looks through it, and how it is doing."""

    __tablename__ = "cameras"

    camera: Mapped[str] = mapped_column(
        Word, primary_key=True, info=operations("the camera can be named", Retention.CURRENT)
    )
    purpose: Mapped[str] = mapped_column(
        Sentence, info=operations("everyone can read why the camera hangs there", Retention.CURRENT)
    )
    provider: Mapped[str | None] = mapped_column(
        Word, info=operations("a fall-back from GPU to CPU is seen", Retention.CURRENT)
    )
    model: Mapped[str | None] = mapped_column(
        Word, info=operations("everyone can read which model looks", Retention.CURRENT)
    )
    model_sha256: Mapped[str | None] = mapped_column(
        Word, info=operations("everyone can check which model looks", Retention.CURRENT)
    )
    last_frame_at: Mapped[datetime | None] = mapped_column(
        UtcDateTime, info=operations("time after the last frame counts as blind", Retention.CURRENT)
    )
    frames: Mapped[int] = mapped_column(info=operations("load can be judged", Retention.CURRENT))
    dropped: Mapped[int] = mapped_column(info=operations("overload is seen", Retention.CURRENT))
    state: Mapped[str] = mapped_column(Word, info=operations("a dead camera is seen", Retention.CURRENT))
    changed_at: Mapped[datetime] = mapped_column(
        UtcDateTime, info=operations("an outdated status is recognised", Retention.CURRENT)
    )
    problem: Mapped[str | None] = mapped_column(
        Sentence, info=operations("whoever mends a camera knows what is wrong", Retention.CURRENT)
    )


class CameraRuleRow(Row):
    """A rule that a camera's calibration holds now: what is counted there."""

    __tablename__ = "camera_rules"

    camera: Mapped[str] = mapped_column(
        Word, primary_key=True, info=operations("everyone can read what a camera counts", Retention.CURRENT)
    )
    rule: Mapped[str] = mapped_column(
        Word, primary_key=True, info=operations("everyone can read what a camera counts", Retention.CURRENT)
    )
    kind: Mapped[str] = mapped_column(
        Word, info=operations("everyone can read what a camera counts", Retention.CURRENT)
    )
    step: Mapped[str | None] = mapped_column(
        Word, info=operations("a step whose camera is blind has a wide interval", Retention.CURRENT)
    )
    cell: Mapped[str | None] = mapped_column(
        Word, info=about(Category.WORKPLACE, "a schedule by cell finds its camera", Retention.CURRENT)
    )


class WatermarkRow(Row):
    """The instant up to which a camera's counts are final."""

    __tablename__ = "watermarks"

    camera: Mapped[str] = mapped_column(
        Word, primary_key=True, info=operations("each camera has one", Retention.CURRENT)
    )
    at: Mapped[datetime] = mapped_column(
        UtcDateTime, info=operations("late events are set apart and a restart knows where it was", Retention.CURRENT)
    )
