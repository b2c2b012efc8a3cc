"""The first schema."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

INSTANT = sa.DateTime(timezone=True)

# "C" sorts by code point, as SQLite does everywhere; else a server's language would decide which order comes first.
WORD = sa.String(length=200).with_variant(sa.String(length=200, collation="C"), "postgresql")
SENTENCE = sa.String(length=1000).with_variant(sa.String(length=1000, collation="C"), "postgresql")

FROZEN = {
    "log_keeps_entries": ("UPDATE", "log", "the log is append-only"),
    "log_keeps_all": ("DELETE", "log", "the log is append-only"),
    "events_stay": ("UPDATE", "events", "a counted event is never changed"),
    "releases_stay": ("UPDATE", "releases", "a release is never changed"),
}
"""Triggers that refuse: name -> (statement, table, message)."""


def upgrade() -> None:
    """Creates every table and the triggers that keep facts as they were written."""
    triggers = {"sqlite": _triggers_of_sqlite, "postgresql": _triggers_of_postgresql}
    dialect = op.get_bind().dialect.name
    if dialect not in triggers:
        raise NotImplementedError(f"the triggers are written for {' and '.join(triggers)}, not for {dialect}")
    _orders()
    _people()
    _counts()
    _cameras()
    _results()
    _log()
    triggers[dialect]()


def _triggers_of_sqlite() -> None:
    for name, (statement, table, message) in FROZEN.items():
        op.execute(f"CREATE TRIGGER {name} BEFORE {statement} ON {table} BEGIN SELECT RAISE(ABORT, '{message}'); END")
    # INSERT OR REPLACE deletes without firing the trigger above; a number that is not the next one gives it away.
    op.execute(
        "CREATE TRIGGER log_counts_on BEFORE INSERT ON log "
        "WHEN NEW.seq IS NOT (SELECT coalesce(max(seq), 0) + 1 FROM log) "
        "BEGIN SELECT RAISE(ABORT, 'the log is append-only: seq must be the next number'); END"
    )


def _triggers_of_postgresql() -> None:
    def refuse(name: str, message: str, *, unless: str = "") -> str:
        # Class 23, so that it is taken for what it is: a constraint of the schema.
        op.execute(
            f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {unless} "
            f"RAISE EXCEPTION '{message}' USING ERRCODE = 'integrity_constraint_violation'; END $$"
        )
        return name

    for name, (statement, table, message) in FROZEN.items():
        function = refuse(name, message)
        op.execute(f"CREATE TRIGGER {name} BEFORE {statement} ON {table} FOR EACH ROW EXECUTE FUNCTION {function}()")
    # TRUNCATE fires no trigger of a row.
    op.execute("CREATE TRIGGER log_is_not_emptied BEFORE TRUNCATE ON log EXECUTE FUNCTION log_keeps_all()")
    counts_on = "IF NEW.seq = (SELECT coalesce(max(seq), 0) + 1 FROM log) THEN RETURN NEW; END IF;"
    function = refuse("log_counts_on", "the log is append-only: seq must be the next number", unless=counts_on)
    op.execute(f"CREATE TRIGGER log_counts_on BEFORE INSERT ON log FOR EACH ROW EXECUTE FUNCTION {function}()")


def _orders() -> None:
    op.create_table(
        "orders",
        sa.Column("id", WORD, nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("state", WORD, nullable=False),
        sa.Column("state_since", INSTANT, nullable=False),
        sa.Column("imported_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_orders")),
    )

    op.create_index(op.f("ix_orders_state"), "orders", ["state"], unique=False)

    op.create_table(
        "order_revisions",
        sa.Column("order_id", WORD, nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("customer", WORD, nullable=False),
        sa.Column("style", WORD, nullable=False),
        sa.Column("style_family", WORD, nullable=False),
        sa.Column("unit", WORD, nullable=False),
        sa.Column("requested", sa.Date(), nullable=True),
        sa.Column("promised", sa.Date(), nullable=True),
        sa.Column("over_tolerance", sa.Double(), nullable=False),
        sa.Column("short_tolerance", sa.Double(), nullable=False),
        sa.Column("weight_source", WORD, nullable=False),
        sa.Column("recorded_at", INSTANT, nullable=False),
        sa.CheckConstraint(
            "over_tolerance >= 0 AND over_tolerance <= 1", name=op.f("ck_order_revisions_over_tolerance_is_share")
        ),
        sa.CheckConstraint("revision >= 1", name=op.f("ck_order_revisions_revision_from_one")),
        sa.CheckConstraint(
            "short_tolerance >= 0 AND short_tolerance <= 1", name=op.f("ck_order_revisions_short_tolerance_is_share")
        ),
        sa.ForeignKeyConstraint(["order_id"], ["orders.id"], name=op.f("fk_order_revisions_order_id")),
        sa.PrimaryKeyConstraint("order_id", "revision", name=op.f("pk_order_revisions")),
    )

    op.create_table(
        "order_lines",
        sa.Column("order_id", WORD, nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("colour", WORD, nullable=False),
        sa.Column("size", WORD, nullable=False),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.CheckConstraint("quantity >= 1", name=op.f("ck_order_lines_quantity_positive")),
        sa.ForeignKeyConstraint(
            ["order_id", "revision"],
            ["order_revisions.order_id", "order_revisions.revision"],
            name=op.f("fk_order_lines_order_id_revision"),
        ),
        sa.PrimaryKeyConstraint("order_id", "revision", "position", name=op.f("pk_order_lines")),
    )

    op.create_table(
        "route_steps",
        sa.Column("order_id", WORD, nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("step", WORD, nullable=False),
        sa.Column("weight", sa.Double(), nullable=False),
        sa.Column("outsourced", sa.Boolean(), nullable=False),
        sa.CheckConstraint("weight >= 0", name=op.f("ck_route_steps_weight_not_negative")),
        sa.ForeignKeyConstraint(
            ["order_id", "revision"],
            ["order_revisions.order_id", "order_revisions.revision"],
            name=op.f("fk_route_steps_order_id_revision"),
        ),
        sa.PrimaryKeyConstraint("order_id", "revision", "position", name=op.f("pk_route_steps")),
    )

    op.create_table(
        "operations",
        sa.Column("order_id", WORD, nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("name", WORD, nullable=False),
        sa.Column("step", WORD, nullable=False),
        sa.Column("weight", sa.Double(), nullable=False),
        sa.CheckConstraint("weight > 0", name=op.f("ck_operations_weight_positive")),
        sa.ForeignKeyConstraint(
            ["order_id", "revision"],
            ["order_revisions.order_id", "order_revisions.revision"],
            name=op.f("fk_operations_order_id_revision"),
        ),
        sa.PrimaryKeyConstraint("order_id", "revision", "position", name=op.f("pk_operations")),
    )


def _people() -> None:
    op.create_table(
        "schedule",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("order_id", WORD, nullable=False),
        sa.Column("step", WORD, nullable=False),
        sa.Column("cell", WORD, nullable=True),
        sa.Column("start", INSTANT, nullable=False),
        sa.Column("end", INSTANT, nullable=True),
        sa.CheckConstraint('"end" IS NULL OR "end" > start', name=op.f("ck_schedule_end_after_start")),
        sa.ForeignKeyConstraint(["order_id"], ["orders.id"], name=op.f("fk_schedule_order_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_schedule")),
    )

    op.create_index(op.f("ix_schedule_order_id_step"), "schedule", ["order_id", "step"], unique=False)

    op.create_table(
        "human_counts",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("order_id", WORD, nullable=False),
        sa.Column("step", WORD, nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("line", sa.Integer(), nullable=True),
        sa.Column("pieces", sa.Integer(), nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.Column("recorded_at", INSTANT, nullable=False),
        sa.CheckConstraint("pieces >= 0", name=op.f("ck_human_counts_pieces_not_negative")),
        sa.ForeignKeyConstraint(["order_id"], ["orders.id"], name=op.f("fk_human_counts_order_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_human_counts")),
    )

    op.create_index(op.f("ix_human_counts_order_id_step_at"), "human_counts", ["order_id", "step", "at"], unique=False)

    op.create_table(
        "milestones",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("order_id", WORD, nullable=False),
        sa.Column("step", WORD, nullable=False),
        sa.Column("mark", WORD, nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.ForeignKeyConstraint(["order_id"], ["orders.id"], name=op.f("fk_milestones_order_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_milestones")),
    )

    op.create_index(op.f("ix_milestones_order_id_step"), "milestones", ["order_id", "step"], unique=False)


def _counts() -> None:
    op.create_table(
        "events",
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("camera", WORD, nullable=False),
        sa.Column("rule", WORD, nullable=False),
        sa.Column("kind", WORD, nullable=False),
        sa.Column("direction", WORD, nullable=False),
        sa.Column("class_name", WORD, nullable=False),
        sa.Column("pieces", sa.Integer(), nullable=False),
        sa.Column("frame", sa.Integer(), nullable=False),
        sa.Column("t_s", sa.Double(), nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.Column("decided_at", INSTANT, nullable=False),
        sa.Column("step", WORD, nullable=True),
        sa.Column("cell", WORD, nullable=True),
        sa.Column("provenance", WORD, nullable=False),
        sa.Column("rules_version", sa.Integer(), nullable=False),
        sa.CheckConstraint("decided_at >= at", name=op.f("ck_events_decided_not_before")),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_events")),
        sa.UniqueConstraint("id", name=op.f("uq_events_id")),
    )

    op.create_index(op.f("ix_events_at"), "events", ["at"], unique=False)

    op.create_table(
        "assignments",
        sa.Column("event_seq", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("order_id", WORD, nullable=True),
        sa.Column("reason", SENTENCE, nullable=False),
        sa.Column("manual", sa.Boolean(), nullable=False),
        sa.Column("assigned_at", INSTANT, nullable=False),
        sa.ForeignKeyConstraint(
            ["event_seq"], ["events.seq"], name=op.f("fk_assignments_event_seq"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["order_id"], ["orders.id"], name=op.f("fk_assignments_order_id")),
        sa.PrimaryKeyConstraint("event_seq", name=op.f("pk_assignments")),
    )

    op.create_index(op.f("ix_assignments_order_id"), "assignments", ["order_id"], unique=False)

    op.create_table(
        "quarantined_events",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("quarantined_at", INSTANT, nullable=False),
        sa.Column("camera", WORD, nullable=False),
        sa.Column("rule", WORD, nullable=False),
        sa.Column("kind", WORD, nullable=False),
        sa.Column("direction", WORD, nullable=False),
        sa.Column("class_name", WORD, nullable=False),
        sa.Column("pieces", sa.Integer(), nullable=False),
        sa.Column("frame", sa.Integer(), nullable=False),
        sa.Column("t_s", sa.Double(), nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.Column("decided_at", INSTANT, nullable=False),
        sa.Column("step", WORD, nullable=True),
        sa.Column("cell", WORD, nullable=True),
        sa.Column("provenance", WORD, nullable=False),
        sa.Column("rules_version", sa.Integer(), nullable=False),
        sa.CheckConstraint("decided_at >= at", name=op.f("ck_quarantined_events_decided_not_before")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_quarantined_events")),
    )

    op.create_index(op.f("ix_quarantined_events_at"), "quarantined_events", ["at"], unique=False)

    op.create_table(
        "stock_readings",
        sa.Column("camera", WORD, nullable=False),
        sa.Column("rule", WORD, nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.Column("step", WORD, nullable=True),
        sa.Column("cell", WORD, nullable=True),
        sa.Column("visible", sa.Integer(), nullable=False),
        sa.Column("pieces", sa.Integer(), nullable=False),
        sa.Column("frame", sa.Integer(), nullable=False),
        sa.Column("t_s", sa.Double(), nullable=False),
        sa.CheckConstraint("pieces >= 0", name=op.f("ck_stock_readings_pieces_not_negative")),
        sa.CheckConstraint("visible >= 0", name=op.f("ck_stock_readings_visible_not_negative")),
        sa.PrimaryKeyConstraint("camera", "rule", "at", name=op.f("pk_stock_readings")),
    )


def _cameras() -> None:
    op.create_table(
        "gaps",
        sa.Column("camera", WORD, nullable=False),
        sa.Column("start", INSTANT, nullable=False),
        sa.Column("end", INSTANT, nullable=True),
        sa.Column("reason", WORD, nullable=False),
        sa.CheckConstraint('"end" IS NULL OR "end" >= start', name=op.f("ck_gaps_end_not_before")),
        sa.PrimaryKeyConstraint("camera", "start", name=op.f("pk_gaps")),
    )

    op.create_index(
        "uq_gaps_one_open",
        "gaps",
        ["camera"],
        unique=True,
        sqlite_where=sa.text('"end" IS NULL'),
        postgresql_where=sa.text('"end" IS NULL'),
    )

    op.create_table(
        "activity_windows",
        sa.Column("camera", WORD, nullable=False),
        sa.Column("rule", WORD, nullable=False),
        sa.Column("start", INSTANT, nullable=False),
        sa.Column("duration_s", sa.Integer(), nullable=False),
        sa.Column("busy_s", sa.Double(), nullable=False),
        sa.Column("cell", WORD, nullable=True),
        sa.Column("seats", sa.Integer(), nullable=False),
        sa.CheckConstraint("busy_s >= 0 AND busy_s <= duration_s", name=op.f("ck_activity_windows_busy_within_window")),
        sa.CheckConstraint("duration_s >= 3600", name=op.f("ck_activity_windows_at_least_an_hour")),
        sa.CheckConstraint("seats >= 3", name=op.f("ck_activity_windows_at_least_three_seats")),
        sa.PrimaryKeyConstraint("camera", "rule", "start", name=op.f("pk_activity_windows")),
    )

    op.create_table(
        "cameras",
        sa.Column("camera", WORD, nullable=False),
        sa.Column("purpose", SENTENCE, nullable=False),
        sa.Column("provider", WORD, nullable=True),
        sa.Column("model", WORD, nullable=True),
        sa.Column("model_sha256", WORD, nullable=True),
        sa.Column("last_frame_at", INSTANT, nullable=True),
        sa.Column("frames", sa.Integer(), nullable=False),
        sa.Column("dropped", sa.Integer(), nullable=False),
        sa.Column("state", WORD, nullable=False),
        sa.Column("changed_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("camera", name=op.f("pk_cameras")),
    )

    op.create_table(
        "camera_rules",
        sa.Column("camera", WORD, nullable=False),
        sa.Column("rule", WORD, nullable=False),
        sa.Column("kind", WORD, nullable=False),
        sa.Column("step", WORD, nullable=True),
        sa.Column("cell", WORD, nullable=True),
        sa.PrimaryKeyConstraint("camera", "rule", name=op.f("pk_camera_rules")),
    )

    op.create_table(
        "watermarks",
        sa.Column("camera", WORD, nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("camera", name=op.f("pk_watermarks")),
    )


def _results() -> None:
    op.create_table(
        "estimates",
        sa.Column("order_id", WORD, nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("as_of", INSTANT, nullable=False),
        sa.Column("deliverable_p10", sa.Double(), nullable=False),
        sa.Column("deliverable_p50", sa.Double(), nullable=False),
        sa.Column("deliverable_p90", sa.Double(), nullable=False),
        sa.Column("work_content_p10", sa.Double(), nullable=False),
        sa.Column("work_content_p50", sa.Double(), nullable=False),
        sa.Column("work_content_p90", sa.Double(), nullable=False),
        sa.Column("finish_p10", INSTANT, nullable=True),
        sa.Column("finish_p50", INSTANT, nullable=True),
        sa.Column("finish_p90", INSTANT, nullable=True),
        sa.Column("p_on_time", sa.Double(), nullable=True),
        sa.Column("outlook", WORD, nullable=False),
        sa.Column("none_due_yet", sa.Boolean(), nullable=False),
        sa.Column("stale_since", INSTANT, nullable=True),
        sa.Column("steps", sa.JSON(), nullable=False),
        sa.Column("shortfalls", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["order_id"], ["orders.id"], name=op.f("fk_estimates_order_id")),
        sa.PrimaryKeyConstraint("order_id", "day", name=op.f("pk_estimates")),
    )

    op.create_table(
        "releases",
        sa.Column("order_id", WORD, nullable=False),
        sa.Column("epoch", INSTANT, nullable=False),
        sa.Column("customer", WORD, nullable=False),
        sa.Column("band_low_pct", sa.Integer(), nullable=False),
        sa.Column("band_high_pct", sa.Integer(), nullable=False),
        sa.Column("milestone", WORD, nullable=False),
        sa.Column("finish_earliest", sa.Date(), nullable=True),
        sa.Column("finish_latest", sa.Date(), nullable=True),
        sa.Column("outlook", WORD, nullable=False),
        sa.Column("stale", sa.Boolean(), nullable=False),
        sa.Column("next_expected_at", INSTANT, nullable=False),
        sa.Column("made_at", INSTANT, nullable=False),
        sa.ForeignKeyConstraint(["order_id"], ["orders.id"], name=op.f("fk_releases_order_id")),
        sa.PrimaryKeyConstraint("order_id", "epoch", name=op.f("pk_releases")),
    )

    op.create_index(op.f("ix_releases_customer"), "releases", ["customer"], unique=False)

    op.create_table(
        "disclosures",
        sa.Column("order_id", WORD, nullable=False),
        sa.Column("epoch", INSTANT, nullable=False),
        sa.Column("recipient", WORD, nullable=False),
        sa.Column("first_at", INSTANT, nullable=False),
        sa.Column("times", sa.Integer(), nullable=False),
        sa.CheckConstraint("times >= 1", name=op.f("ck_disclosures_told_at_least_once")),
        sa.ForeignKeyConstraint(
            ["order_id", "epoch"], ["releases.order_id", "releases.epoch"], name=op.f("fk_disclosures_order_id_epoch")
        ),
        sa.PrimaryKeyConstraint("order_id", "epoch", "recipient", name=op.f("pk_disclosures")),
    )


def _log() -> None:
    op.create_table(
        "log",
        sa.Column("seq", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.Column("kind", WORD, nullable=False),
        sa.Column("subject", WORD, nullable=False),
        sa.Column("payload", sa.Text(), nullable=False),
        sa.Column("prev_hash", WORD, nullable=False),
        sa.Column("hash", WORD, nullable=False),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_log")),
    )

    op.create_index(op.f("ix_log_kind"), "log", ["kind"], unique=False)

    op.create_table(
        "sheet_mappings",
        sa.Column("name", WORD, nullable=False),
        sa.Column("mapping", sa.JSON(), nullable=False),
        sa.Column("remembered_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_sheet_mappings")),
    )
