"""The offers whose units a page holds are told with its stock."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    held = sa.text("state = 'held'")
    op.create_index("waiting_list_offers_held", "waiting_list_offers", ["sales_page_id"], postgresql_where=held)


def downgrade() -> None:
    op.drop_index("waiting_list_offers_held", "waiting_list_offers")
