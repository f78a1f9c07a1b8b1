"""What a page's creator tells who has bought."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("mirrored_pages", sa.Column("thanks", sa.Text))


def downgrade() -> None:
    op.drop_column("mirrored_pages", "thanks")
