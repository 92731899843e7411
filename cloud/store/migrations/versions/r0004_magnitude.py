"""Residuals of stations' magnitudes, from which their corrections are learnt."""

from typing import Final

import sqlalchemy as sa
from alembic import op

revision: Final = "r0004"
down_revision: Final = "r0003"
branch_labels: Final = None
depends_on: Final = None


def upgrade() -> None:
    """Take the step."""
    op.create_table(
        "magnitude_residual",
        sa.Column("event_id", sa.String(64), nullable=False),
        sa.Column("station", sa.String(32), nullable=False),
        sa.Column("type", sa.String(16), nullable=False),
        sa.Column("origin_ns", sa.BigInteger(), nullable=False),
        sa.Column("residual", sa.Float(), nullable=False),
        sa.Column("weight", sa.Float(), nullable=False),
        sa.PrimaryKeyConstraint("event_id", "station", "type", name="pk_magnitude_residual"),
    )
    op.create_index(
        "ix_magnitude_residual_station_type_origin_ns",
        "magnitude_residual",
        ["station", "type", "origin_ns"],
    )


def downgrade() -> None:
    """Take it back."""
    op.drop_table("magnitude_residual")
