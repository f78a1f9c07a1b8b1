"""Sales pages, and what pages mirrors of products, creators and stock."""

import sqlalchemy as sa
from alembic import op
from chassis.migrations import create_chassis_tables_v1, drop_chassis_tables_v1
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def required(name: str, kind: sa.types.TypeEngine) -> sa.Column:
    return sa.Column(name, kind, nullable=False)


def instant(name: str, *, nullable: bool = False) -> sa.Column:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def upgrade() -> None:
    create_chassis_tables_v1(op)
    _create_sales_pages()
    _create_mirrors()


def _create_sales_pages() -> None:
    op.create_table(
        "sales_pages",
        sa.Column("id", sa.Uuid, primary_key=True),
        required("version", sa.Integer()),
        required("short_id", sa.Text()),
        required("creator_id", sa.Uuid()),
        required("product_ids", ARRAY(sa.Uuid())),
        required("status", sa.Text()),
        instant("created_at"),
        instant("updated_at"),
        instant("launch_at", nullable=True),
        instant("expires_at"),
        required("time_zone", sa.Text()),
        sa.Column("quantity_limit", sa.Integer),
        required("customization", JSONB()),
        required("registration_form", JSONB()),
        required("after_expiry", JSONB()),
        required("extensions", sa.Integer()),
        instant("launched_at", nullable=True),
        instant("expired_at", nullable=True),
    )
    op.create_index("sales_pages_short_id", "sales_pages", ["short_id"], unique=True)
    op.create_index("sales_pages_creator_id", "sales_pages", ["creator_id", "id"])
    op.create_index("sales_pages_product_ids", "sales_pages", ["product_ids"], postgresql_using="gin")
    for told, due in (("launched_at", "launch_at"), ("expired_at", "expires_at")):
        untold = sa.text(f"status = 'published' AND {told} IS NULL")
        op.create_index(f"sales_pages_{due}", "sales_pages", [due], postgresql_where=untold)


def _create_mirrors() -> None:
    op.create_table(
        "mirrored_products",
        sa.Column("id", sa.Uuid, primary_key=True),
        required("version", sa.Integer()),
        required("creator_id", sa.Uuid()),
        required("name", sa.Text()),
        required("description", sa.Text()),
        required("price_in_cents", sa.Integer()),
        required("currency", sa.Text()),
        required("is_active", sa.Boolean()),
        instant("expires_at", nullable=True),
        sa.Column("file_name", sa.Text),
        sa.Column("file_type", sa.Text),
        sa.Column("file_size_bytes", sa.BigInteger),
    )
    op.create_table(
        "mirrored_creators",
        sa.Column("id", sa.Uuid, primary_key=True),
        required("version", sa.Integer()),
        required("name", sa.Text()),
    )
    op.create_table(
        "mirrored_stocks",
        sa.Column("id", sa.Uuid, primary_key=True),
        required("version", sa.Integer()),
        required("quantity_limit", sa.Integer()),
        required("remaining", sa.Integer()),
    )


def downgrade() -> None:
    for table in ("sales_pages", "mirrored_products", "mirrored_creators", "mirrored_stocks"):
        op.drop_table(table)
    drop_chassis_tables_v1(op)
