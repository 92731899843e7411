"""The fleet: history of the stations' health, alarms on stations."""

from typing import Final

import sqlalchemy as sa
from alembic import op

revision: Final = "r0003"
down_revision: Final = "r0002"
branch_labels: Final = None
depends_on: Final = None


def upgrade() -> None:
    """Take the step."""
    op.create_table(
        "health_history",
        sa.Column("network", sa.String(12), nullable=False),
        sa.Column("station", sa.String(12), nullable=False),
        sa.Column("span_s", sa.Integer(), nullable=False),
        sa.Column("start_ns", sa.BigInteger(), nullable=False),
        sa.Column("numbers", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint(
            "network", "station", "span_s", "start_ns", name="pk_health_history"
        ),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "station_alarm",
        sa.Column("id", sa.String(64), nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("began_ns", sa.BigInteger(), nullable=False),
        sa.Column("ended_ns", sa.BigInteger(), nullable=True),
        sa.Column("acknowledged_ns", sa.BigInteger(), nullable=True),
        sa.Column("acknowledged_by", sa.String(64), nullable=True),
        sa.Column("message", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_station_alarm"),
    )
    op.create_index("ix_station_alarm_began_ns", "station_alarm", ["began_ns"])
    op.create_index("ix_station_alarm_ended_ns", "station_alarm", ["ended_ns"])


def downgrade() -> None:
    """Take it back."""
    for name in ("station_alarm", "health_history"):
        op.drop_table(name)
