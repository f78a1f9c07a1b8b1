"""What figures are made of: views by day and source, orders and registrations as last told."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def instant(name: str) -> sa.Column:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=False)


def upgrade() -> None:
    op.create_table(
        "page_views",
        sa.Column("page_id", sa.Uuid, primary_key=True),
        sa.Column("day", sa.Date, primary_key=True),
        sa.Column("source", sa.Text, primary_key=True),
        sa.Column("views", sa.BigInteger, nullable=False),
        sa.Column("bot_views", sa.BigInteger, nullable=False),
    )
    op.create_table(
        "mirrored_orders",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("sales_page_id", sa.Uuid, nullable=False),
        sa.Column("status", sa.Text, nullable=False),
        sa.Column("currency", sa.Text, nullable=False),
        sa.Column("amount_paid", sa.Integer, nullable=False),
        sa.Column("amount_refunded", sa.Integer, nullable=False),
        instant("created_at"),
    )
    op.create_index("mirrored_orders_sales_page_id", "mirrored_orders", ["sales_page_id", "created_at"])
    op.create_table(
        "mirrored_registrations",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("sales_page_id", sa.Uuid, nullable=False),
        instant("registered_at"),
        sa.Column("stands", sa.Boolean, nullable=False),
    )
    op.create_index(
        "mirrored_registrations_sales_page_id", "mirrored_registrations", ["sales_page_id", "registered_at"]
    )


def downgrade() -> None:
    for table in ("mirrored_registrations", "mirrored_orders", "page_views"):
        op.drop_table(table)
