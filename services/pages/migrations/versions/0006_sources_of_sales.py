"""What brought buyers and registrants to a page."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

TABLES = ("mirrored_orders", "mirrored_registrations")


def upgrade() -> None:
    for table in TABLES:
        op.add_column(table, sa.Column("source", sa.Text))


def downgrade() -> None:
    for table in TABLES:
        op.drop_column(table, "source")
