"""Offers that a purchase ended without a word to checkout, which holds their units."""

from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

OPENED_AGAIN = """
UPDATE waiting_list_offers AS offer SET ended_at = NULL, outcome = NULL
WHERE outcome = 'bought' AND sales_page_id IN (SELECT id FROM mirrored_pages WHERE expires_at > now())
AND NOT EXISTS (SELECT FROM outbox WHERE aggregate_type = 'waiting-list' AND aggregate_id = offer.id
                AND aggregate_version = offer.version)
"""
"""They lapse as any other does, and that is told; twice, where the outbox knows no more: that changes nothing."""


def upgrade() -> None:
    op.execute(OPENED_AGAIN)


def downgrade() -> None:
    """What was told stays told."""
