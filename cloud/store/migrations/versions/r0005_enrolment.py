"""Enrolment: stations, tokens, certificates, and what was done with them."""

from typing import Final

import sqlalchemy as sa
from alembic import op

revision: Final = "r0005"
down_revision: Final = "r0004"
branch_labels: Final = None
depends_on: Final = None


def upgrade() -> None:
    """Take the step."""
    op.create_table(
        "enrolled_station",
        sa.Column("network", sa.String(12), nullable=False),
        sa.Column("station", sa.String(12), nullable=False),
        sa.Column("added_ns", sa.BigInteger(), nullable=False),
        sa.Column("revoked_ns", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("network", "station", name="pk_enrolled_station"),
    )
    op.create_table(
        "enrolment_token",
        sa.Column("id", sa.String(16), nullable=False),
        sa.Column("network", sa.String(12), nullable=False),
        sa.Column("station", sa.String(12), nullable=False),
        sa.Column("hash", sa.String(64), nullable=False),
        sa.Column("created_ns", sa.BigInteger(), nullable=False),
        sa.Column("expires_ns", sa.BigInteger(), nullable=False),
        sa.Column("used_ns", sa.BigInteger(), nullable=True),
        sa.Column("key_hash", sa.String(64), nullable=True),
        sa.Column("revoked_ns", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_enrolment_token"),
    )
    op.create_index("ix_enrolment_token_network_station", "enrolment_token", ["network", "station"])
    op.create_table(
        "certificate",
        sa.Column("serial", sa.String(40), nullable=False),
        sa.Column("network", sa.String(12), nullable=False),
        sa.Column("station", sa.String(12), nullable=False),
        sa.Column("key_hash", sa.String(64), nullable=False),
        sa.Column("issued_ns", sa.BigInteger(), nullable=False),
        sa.Column("not_after_ns", sa.BigInteger(), nullable=False),
        sa.Column("revoked_ns", sa.BigInteger(), nullable=True),
        sa.Column("pem", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("serial", name="pk_certificate"),
    )
    op.create_index("ix_certificate_network_station", "certificate", ["network", "station"])
    op.create_table(
        "enrolment_audit",
        sa.Column("id", sa.Integer(), nullable=False, autoincrement=True),
        sa.Column("at_ns", sa.BigInteger(), nullable=False),
        sa.Column("action", sa.String(16), nullable=False),
        sa.Column("station", sa.String(32), nullable=True),
        sa.Column("address", sa.String(64), nullable=True),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_enrolment_audit"),
    )
    op.create_index("ix_enrolment_audit_at_ns", "enrolment_audit", ["at_ns"])


def downgrade() -> None:
    """Take it back."""
    for name in ("enrolment_audit", "certificate", "enrolment_token", "enrolled_station"):
        op.drop_table(name)
