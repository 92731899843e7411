"""Tokens say what they are good for."""

from typing import Final

import sqlalchemy as sa
from alembic import op

revision: Final = "r0007"
down_revision: Final = "r0006"
branch_labels: Final = None
depends_on: Final = None


def upgrade() -> None:
    """Take the step: the tokens that there are read, as before."""
    role = sa.Column("role", sa.String(16), nullable=False, server_default="reader")
    op.add_column("token", role)


def downgrade() -> None:
    """Take it back: those of operators read, too."""
    with op.batch_alter_table("token") as table:
        table.drop_column("role")
