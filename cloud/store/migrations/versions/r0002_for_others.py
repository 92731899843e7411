"""What others ask for: epochs of stations, tokens, deliveries."""

from typing import Final

import sqlalchemy as sa
from alembic import op

revision: Final = "r0002"
down_revision: Final = "r0001"
branch_labels: Final = None
depends_on: Final = None


def upgrade() -> None:
    """Take the step."""
    op.create_table(
        "station_epoch",
        sa.Column("network", sa.String(12), nullable=False),
        sa.Column("station", sa.String(12), nullable=False),
        sa.Column("start_ns", sa.BigInteger(), nullable=False),
        sa.Column("message", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("network", "station", "start_ns", name="pk_station_epoch"),
    )
    op.create_table(
        "token",
        sa.Column("id", sa.String(16), nullable=False),
        sa.Column("name", sa.String(64), nullable=False),
        sa.Column("hash", sa.String(64), nullable=False),
        sa.Column("created_ns", sa.BigInteger(), nullable=False),
        sa.Column("revoked_ns", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_token"),
    )
    op.create_table(
        "delivery",
        sa.Column("rule", sa.String(64), nullable=False),
        sa.Column("event_id", sa.String(64), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("status", sa.String(16), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("created_ns", sa.BigInteger(), nullable=False),
        sa.Column("tried_ns", sa.BigInteger(), nullable=True),
        sa.Column("answer", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("rule", "event_id", "revision", name="pk_delivery"),
    )
    op.create_index("ix_delivery_created_ns", "delivery", ["created_ns"])


def downgrade() -> None:
    """Take it back."""
    for name in ("delivery", "token", "station_epoch"):
        op.drop_table(name)
