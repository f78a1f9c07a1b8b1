"""Offers that a purchase ended without a word to checkout, which holds their units."""

from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

OPENED_AGAIN = """
UPDATE waiting_list_offers SET ended_at = NULL, outcome = NULL WHERE outcome = 'bought' AND version = 1
"""
"""They lapse as any other does, and that is told."""


def upgrade() -> None:
    op.execute(OPENED_AGAIN)


def downgrade() -> None:
    """What was told stays told."""
