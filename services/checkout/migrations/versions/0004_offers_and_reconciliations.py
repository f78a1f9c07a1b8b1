"""Units held for the waiting list, the lead that came to buy, and the days on which money was compared."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    instant = sa.DateTime(timezone=True)
    op.create_table(
        "waiting_list_offers",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("sales_page_id", sa.Uuid, nullable=False),
        sa.Column("registration_id", sa.Uuid, nullable=False),
        sa.Column("offered_until", instant, nullable=False),
        sa.Column("state", sa.String(32), nullable=False),
    )
    op.create_table(
        "reconciliations",
        sa.Column("day", sa.Date, primary_key=True),
        sa.Column("started_at", instant, nullable=False),
        sa.Column("finished_at", instant),
        sa.Column("payments", sa.Integer, nullable=False),
        sa.Column("findings", sa.Integer, nullable=False),
    )
    op.create_index("orders_processing", "orders", ["created_at"], postgresql_where=sa.text("status = 'processing'"))
    op.add_column("orders", sa.Column("registration_id", sa.Uuid))


def downgrade() -> None:
    op.drop_column("orders", "registration_id")
    op.drop_index("orders_processing", "orders")
    op.drop_table("reconciliations")
    op.drop_table("waiting_list_offers")
