"""The mail at a page's end is about that end, as the one before it is."""

from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

# Before, a page had one such mail, about itself: of those that are owed, the one of its latest end becomes that mail.
NEWEST_IS_OF_ITS_PAGE = """
UPDATE mails SET about = newest.page_id
FROM (
  SELECT DISTINCT ON (e.page_id) m.id, e.page_id FROM mails m JOIN expiry_warnings e ON e.id = m.about
  WHERE m.kind = 'page-expired' AND m.sent_at IS NULL ORDER BY e.page_id, e.expires_at DESC
) newest
WHERE mails.id = newest.id
  AND NOT EXISTS (SELECT FROM mails other WHERE other.kind = 'page-expired' AND other.about = newest.page_id)
"""
OTHERS_GO = """
DELETE FROM mails
WHERE kind = 'page-expired' AND sent_at IS NULL AND about IN (SELECT id FROM expiry_warnings WHERE id <> page_id)
"""


def upgrade() -> None:
    """Nothing: what is owed about a page is found by the page's id."""


def downgrade() -> None:
    op.execute(NEWEST_IS_OF_ITS_PAGE)
    op.execute(OTHERS_GO)
