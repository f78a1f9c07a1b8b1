"""How often pages were shown, as pages tells it."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "mirrored_views",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("views", sa.BigInteger, nullable=False),
    )


def downgrade() -> None:
    op.drop_table("mirrored_views")
