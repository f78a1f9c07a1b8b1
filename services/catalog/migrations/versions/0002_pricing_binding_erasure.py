"""How a product is priced, to whom its links are bound, and that a creator was erased."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("products", sa.Column("pricing", sa.String(20), nullable=False, server_default="fixed"))
    op.add_column("products", sa.Column("suggested_price_in_cents", sa.Integer, nullable=True))
    op.add_column("products", sa.Column("address_binding", sa.String(20), nullable=False, server_default="none"))
    op.add_column("creators", sa.Column("erased_at", sa.DateTime(timezone=True), nullable=True))


def downgrade() -> None:
    op.drop_column("creators", "erased_at")
    for column in ("pricing", "suggested_price_in_cents", "address_binding"):
        op.drop_column("products", column)
