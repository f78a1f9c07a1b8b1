"""Options of a page, its extensions, editions and successor; what a product's card shows besides."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ARRAY

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

UNWARNED = sa.text("status = 'published' AND warned_at IS NULL")


def defaulted(name: str, kind: sa.types.TypeEngine, default: str) -> sa.Column:
    """With a default in the database: the release before writes rows without it."""
    return sa.Column(name, kind, nullable=False, server_default=sa.text(default))


def page_columns() -> list[sa.Column]:
    return [
        defaulted("late_payment", sa.Text(), "'hard'"),
        defaulted("early_access_minutes", sa.Integer(), "0"),
        defaulted("waiting_list", sa.Boolean(), "false"),
        defaulted("former_expiries", ARRAY(sa.DateTime(timezone=True)), "'{}'"),
        defaulted("edition", sa.Integer(), "1"),
        sa.Column("extension_limit", sa.Integer),
        sa.Column("relaunch_of", sa.Uuid),
        sa.Column("successor_short_id", sa.Text),
        sa.Column("warned_at", sa.DateTime(timezone=True)),
    ]


def product_columns() -> list[sa.Column]:
    return [
        defaulted("pricing", sa.Text(), "'fixed'"),
        sa.Column("suggested_price_in_cents", sa.Integer),
        sa.Column("preview_storage_key", sa.Text),
        sa.Column("preview_file_type", sa.Text),
    ]


def upgrade() -> None:
    for column in page_columns():
        op.add_column("sales_pages", column)
    for column in product_columns():
        op.add_column("mirrored_products", column)
    op.execute("UPDATE sales_pages SET warned_at = expired_at WHERE expired_at IS NOT NULL")
    op.create_index("sales_pages_successor_short_id", "sales_pages", ["successor_short_id"])
    op.create_index("sales_pages_unwarned", "sales_pages", ["expires_at"], postgresql_where=UNWARNED)


def downgrade() -> None:
    op.drop_index("sales_pages_unwarned", "sales_pages")
    op.drop_index("sales_pages_successor_short_id", "sales_pages")
    for column in product_columns():
        op.drop_column("mirrored_products", column.name)
    for column in page_columns():
        op.drop_column("sales_pages", column.name)
