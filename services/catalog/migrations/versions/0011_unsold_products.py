"""When what an erased creator never sold is forgotten. Of who was erased before, that is known of drafts alone."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

DRAFTS_LEFT = """
UPDATE products SET forget_at = now() FROM creators
WHERE creators.id = products.creator_id AND creators.erased_at IS NOT NULL AND products.published_at IS NULL
"""


def upgrade() -> None:
    op.add_column("products", sa.Column("forget_at", sa.DateTime(timezone=True), nullable=True))
    due = sa.text("forget_at IS NOT NULL")
    op.create_index("products_to_forget", "products", ["forget_at"], postgresql_where=due)
    op.execute(DRAFTS_LEFT)


def downgrade() -> None:
    op.drop_index("products_to_forget", "products")
    op.drop_column("products", "forget_at")
