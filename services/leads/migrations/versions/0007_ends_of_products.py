"""Until when a page's products are for sale."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ARRAY

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("mirrored_pages", sa.Column("product_ids", ARRAY(sa.Uuid)))
    op.add_column("mirrored_products", sa.Column("is_active", sa.Boolean))
    op.add_column("mirrored_products", sa.Column("expires_at", sa.DateTime(timezone=True)))


def downgrade() -> None:
    op.drop_column("mirrored_products", "expires_at")
    op.drop_column("mirrored_products", "is_active")
    op.drop_column("mirrored_pages", "product_ids")
