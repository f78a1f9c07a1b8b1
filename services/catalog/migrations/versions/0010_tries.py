"""When it is tried again to apply an event of Stripe's, and to clear an upload from the store."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

COLUMNS = [("stripe_events", "due_at", "tries"), ("file_uploads", "clear_due_at", "clear_tries")]


def upgrade() -> None:
    for table, due_at, tries in COLUMNS:
        op.add_column(table, sa.Column(due_at, sa.DateTime(timezone=True), nullable=True))
        op.add_column(table, sa.Column(tries, sa.Integer, nullable=False, server_default="0"))


def downgrade() -> None:
    for table, *columns in COLUMNS:
        for column in columns:
            op.drop_column(table, column)
