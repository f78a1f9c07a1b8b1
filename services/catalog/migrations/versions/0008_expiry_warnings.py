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
    op.drop_table("expiry_warnings")
