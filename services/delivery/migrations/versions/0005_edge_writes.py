"""Keys of which Cloudflare's edge is to be told."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "edge_writes",
        sa.Column("key", sa.Text, primary_key=True),
        sa.Column("revision", sa.Integer, nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False, server_default="0"),
    )
    op.create_index("edge_writes_due", "edge_writes", ["due_at"])
    op.execute(
        "INSERT INTO edge_writes (key, revision, due_at)"
        " SELECT 'token:' || token_hash, 1, now() FROM download_grants WHERE expires_at > now()"
    )


def downgrade() -> None:
    op.drop_table("edge_writes")
