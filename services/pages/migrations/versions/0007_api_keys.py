"""API keys, as catalog tells of them."""

from alembic import op
from chassis.migrations import create_api_keys_v1

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    create_api_keys_v1(op)


def downgrade() -> None:
    op.drop_table("api_keys")
