"""API keys: those that creators made, and those that the gateway knows."""

import sqlalchemy as sa
from alembic import op
from chassis.migrations import create_api_keys_v1
from sqlalchemy.dialects.postgresql import ARRAY

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    create_api_keys_v1(op)
    op.create_table(
        "issued_api_keys",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("creator_id", sa.Uuid, sa.ForeignKey("creators.id"), nullable=False),
        sa.Column("name", sa.String, nullable=False),
        sa.Column("key_hash", sa.String, nullable=False),
        sa.Column("scopes", ARRAY(sa.Text), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.Integer, nullable=False),
    )
    op.create_index("issued_api_keys_of_creator", "issued_api_keys", ["creator_id", "id"])


def downgrade() -> None:
    op.drop_table("issued_api_keys")
    op.drop_table("api_keys")
