"""What was heard of pages and orders, what creators are written about, what is replaced though it is on sale."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ARRAY

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("creators", sa.Column("muted", ARRAY(sa.Text), nullable=False, server_default="{}"))
    op.add_column("file_uploads", sa.Column("even_though_live", sa.Boolean, nullable=False, server_default="false"))
    op.create_table(
        "mirrored_pages",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("short_id", sa.String, nullable=False),
        sa.Column("creator_id", sa.Uuid, nullable=False),
        sa.Column("product_id", sa.Uuid, nullable=False),
        sa.Column("product_ids", ARRAY(sa.Uuid), nullable=False),
        sa.Column("title", sa.String, nullable=True),
        sa.Column("time_zone", sa.String, nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("is_withdrawn", sa.Boolean, nullable=False),
    )
    op.create_index("mirrored_pages_of_creator", "mirrored_pages", ["creator_id", "expires_at"])
    op.create_table(
        "mirrored_orders",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("creator_id", sa.Uuid, nullable=False),
        sa.Column("sales_page_id", sa.Uuid, nullable=False),
        sa.Column("product_id", sa.Uuid, nullable=False),
        sa.Column("amount_paid", sa.BigInteger, nullable=False),
        sa.Column("amount_refunded", sa.BigInteger, nullable=False),
        sa.Column("currency", sa.String, nullable=False),
        sa.Column("status", sa.String(20), nullable=False),
        sa.Column("paid_at", sa.DateTime(timezone=True), nullable=True),
    )
    op.create_index("ix_mirrored_orders_creator_id", "mirrored_orders", ["creator_id"])
    op.create_index("ix_mirrored_orders_sales_page_id", "mirrored_orders", ["sales_page_id"])


def downgrade() -> None:
    op.drop_table("mirrored_orders")
    op.drop_table("mirrored_pages")
    op.drop_column("file_uploads", "even_though_live")
    op.drop_column("creators", "muted")
