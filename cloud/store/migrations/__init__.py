"""Alembic's folder: `env` runs the steps, `versions` has them."""
