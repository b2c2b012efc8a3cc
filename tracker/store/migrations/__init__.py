"""Alembic migrations, shipped inside the package and run by ``tracker.store.schema``."""
