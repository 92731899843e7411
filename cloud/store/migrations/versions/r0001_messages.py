"""Stations, health, triggers, events: the messages."""

from typing import Final

import sqlalchemy as sa
from alembic import op

revision: Final = "r0001"
down_revision: Final = None
branch_labels: Final = None
depends_on: Final = None


def upgrade() -> None:
    """Take the step."""
    for name in ("station", "health"):
        op.create_table(
            name,
            sa.Column("network", sa.String(12), nullable=False),
            sa.Column("station", sa.String(12), nullable=False),
            sa.Column("received_ns", sa.BigInteger(), nullable=False),
            sa.Column("message", sa.Text(), nullable=False),
            sa.PrimaryKeyConstraint("network", "station", name=f"pk_{name}"),
        )
    op.create_table(
        "trigger",
        sa.Column("id", sa.String(64), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("network", sa.String(12), nullable=False),
        sa.Column("station", sa.String(12), nullable=False),
        sa.Column("status", sa.String(16), nullable=False),
        sa.Column("onset_ns", sa.BigInteger(), nullable=False),
        sa.Column("received_ns", sa.BigInteger(), nullable=False),
        sa.Column("message", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", "revision", name="pk_trigger"),
    )
    op.create_index("ix_trigger_received_ns", "trigger", ["received_ns"])
    op.create_index(
        "ix_trigger_network_station_onset_ns", "trigger", ["network", "station", "onset_ns"]
    )
    op.create_table(
        "event",
        sa.Column("id", sa.String(64), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("status", sa.String(16), nullable=False),
        sa.Column("origin_ns", sa.BigInteger(), nullable=False),
        sa.Column("latitude", sa.Float(), nullable=False),
        sa.Column("longitude", sa.Float(), nullable=False),
        sa.Column("magnitude", sa.Float(), nullable=True),
        sa.Column("published_ns", sa.BigInteger(), nullable=False),
        sa.Column("message", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", "revision", name="pk_event"),
    )
    op.create_index("ix_event_origin_ns", "event", ["origin_ns"])


def downgrade() -> None:
    """Take it back."""
    for name in ("event", "trigger", "health", "station"):
        op.drop_table(name)
