"""Rollouts of networks, their stations, and what was done with them."""

from typing import Final

import sqlalchemy as sa
from alembic import op

revision: Final = "r0006"
down_revision: Final = "r0005"
branch_labels: Final = None
depends_on: Final = None


def upgrade() -> None:
    """Take the step."""
    op.create_table(
        "rollout",
        sa.Column("id", sa.String(64), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("started_ns", sa.BigInteger(), nullable=False),
        sa.Column("message", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_rollout"),
    )
    op.create_index("ix_rollout_state", "rollout", ["state"])
    op.create_table(
        "rollout_station",
        sa.Column("rollout", sa.String(64), nullable=False),
        sa.Column("station", sa.String(32), nullable=False),
        sa.Column("message", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("rollout", "station", name="pk_rollout_station"),
    )
    op.create_table(
        "rollout_audit",
        sa.Column("id", sa.Integer(), nullable=False, autoincrement=True),
        sa.Column("rollout", sa.String(64), nullable=False),
        sa.Column("at_ns", sa.BigInteger(), nullable=False),
        sa.Column("action", sa.String(16), nullable=False),
        sa.Column("by", sa.String(64), nullable=False),
        sa.Column("ring", sa.String(32), nullable=True),
        sa.Column("station", sa.String(32), nullable=True),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_rollout_audit"),
    )
    op.create_index("ix_rollout_audit_rollout", "rollout_audit", ["rollout"])


def downgrade() -> None:
    """Take it back."""
    for name in ("rollout_audit", "rollout_station", "rollout"):
        op.drop_table(name)
