"""Alembic's entry: migrates the connection that ``tracker.store.schema`` hands over, inside its transaction."""

from alembic import context

from tracker.store.tables import Row

connection = context.config.attributes.get("connection")
if connection is None:
    raise RuntimeError("run migrations through tracker.store.open_store, not the alembic command")
context.configure(
    connection=connection,
    target_metadata=Row.metadata,
    render_as_batch=True,  # SQLite changes a table by copying it
    transactional_ddl=False,  # the caller's transaction is the only one: all migrations or none
)
context.run_migrations()
