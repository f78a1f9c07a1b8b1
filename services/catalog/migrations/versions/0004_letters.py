"""Letters to creators, and whether their address was verified."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("creators", sa.Column("email_verified_at", sa.DateTime(timezone=True), nullable=True))
    op.create_table(
        "letters",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("creator_id", sa.Uuid, sa.ForeignKey("creators.id"), nullable=False),
        sa.Column("purpose", sa.String(20), nullable=False),
        sa.Column("email", sa.String, nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
    )
    op.create_index("ix_letters_creator_id", "letters", ["creator_id"])
    op.create_index("ix_letters_expires_at", "letters", ["expires_at"])


def downgrade() -> None:
    op.drop_table("letters")
    op.drop_column("creators", "email_verified_at")
