"""Previews as they are shown, beside what was uploaded."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

INDEX = "file_uploads_to_clear"
BEFORE = "state IN ('aborted', 'rejected') AND cleared_at IS NULL"
NOW = "(state IN ('aborted', 'rejected') OR rendition_key IS NOT NULL) AND cleared_at IS NULL"


def upgrade() -> None:
    op.add_column("file_uploads", sa.Column("rendition_key", sa.String, nullable=True))
    op.add_column("file_uploads", sa.Column("rendition_size_bytes", sa.BigInteger, nullable=True))
    op.add_column("file_uploads", sa.Column("rendition_sha256", sa.String, nullable=True))
    op.drop_index(INDEX, "file_uploads")
    op.create_index(INDEX, "file_uploads", ["id"], postgresql_where=sa.text(NOW))


def downgrade() -> None:
    op.drop_index(INDEX, "file_uploads")
    for column in ("rendition_key", "rendition_size_bytes", "rendition_sha256"):
        op.drop_column("file_uploads", column)
    op.create_index(INDEX, "file_uploads", ["id"], postgresql_where=sa.text(BEFORE))
