"""Of which ends of their pages creators are warned. A mail that is still to be sent was about the page."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

OWED_BEFORE = """
INSERT INTO expiry_warnings (id, page_id, creator_id, expires_at)
SELECT id, id, creator_id, expires_at FROM mirrored_pages
WHERE id IN (SELECT about FROM mails WHERE kind = 'page-expiring' AND sent_at IS NULL)
"""
# Before, a page had one such mail, about itself: of those that are owed, the one of its latest end becomes that mail.
NEWEST_IS_OF_ITS_PAGE = """
UPDATE mails SET about = newest.page_id
FROM (
  SELECT DISTINCT ON (e.page_id) m.id, e.page_id FROM mails m JOIN expiry_warnings e ON e.id = m.about
  WHERE m.kind = 'page-expiring' AND m.sent_at IS NULL ORDER BY e.page_id, e.expires_at DESC
) newest
WHERE mails.id = newest.id
  AND NOT EXISTS (SELECT FROM mails other WHERE other.kind = 'page-expiring' AND other.about = newest.page_id)
"""
OTHERS_GO = """
DELETE FROM mails
WHERE kind = 'page-expiring' AND sent_at IS NULL AND about IN (SELECT id FROM expiry_warnings WHERE id <> page_id)
"""


def upgrade() -> None:
    op.create_table(
        "expiry_warnings",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("page_id", sa.Uuid, nullable=False),
        sa.Column("creator_id", sa.Uuid, nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.UniqueConstraint("page_id", "expires_at"),
    )
    op.create_index("ix_expiry_warnings_creator_id", "expiry_warnings", ["creator_id"])
    op.execute(OWED_BEFORE)


def downgrade() -> None:
    op.execute(NEWEST_IS_OF_ITS_PAGE)
    op.execute(OTHERS_GO)
    op.drop_table("expiry_warnings")
