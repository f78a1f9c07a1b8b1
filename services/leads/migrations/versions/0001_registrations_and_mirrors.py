"""Registrations, the confirmations asked for, and what leads mirrors of pages, creators and products."""

import sqlalchemy as sa
from alembic import op
from chassis.migrations import create_chassis_tables_v1, drop_chassis_tables_v1
from sqlalchemy.dialects.postgresql import JSONB

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def instant(name: str, *, nullable: bool = False) -> sa.Column:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def upgrade() -> None:
    create_chassis_tables_v1(op)
    _create_registrations()
    _create_confirmations()
    _create_mirrored_pages()
    for mirror in ("mirrored_creators", "mirrored_products"):
        op.create_table(
            mirror,
            sa.Column("id", sa.Uuid, primary_key=True),
            sa.Column("version", sa.Integer, nullable=False),
            sa.Column("name", sa.Text, nullable=False),
        )


def _create_registrations() -> None:
    op.create_table(
        "registrations",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("sales_page_id", sa.Uuid, nullable=False),
        sa.Column("email", sa.Text, nullable=False),
        sa.Column("name", sa.Text),
        sa.Column("custom_fields", JSONB, nullable=False),
        instant("registered_at"),
        instant("confirmed_at", nullable=True),
        instant("notified_at", nullable=True),
        sa.Column("order_id", sa.Uuid),
    )
    op.create_index("registrations_email", "registrations", [sa.text("lower(email)"), "sales_page_id"], unique=True)
    op.create_index("registrations_sales_page_id", "registrations", ["sales_page_id", "id"])
    op.create_index(
        "registrations_to_tell",
        "registrations",
        ["sales_page_id"],
        postgresql_where=sa.text("confirmed_at IS NOT NULL AND notified_at IS NULL"),
    )


def _create_confirmations() -> None:
    op.create_table(
        "confirmations",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("registration_id", sa.Uuid, sa.ForeignKey("registrations.id", ondelete="CASCADE"), nullable=False),
        instant("asked_at"),
    )
    op.create_index("confirmations_registration_id", "confirmations", ["registration_id", "asked_at"])


def _create_mirrored_pages() -> None:
    op.create_table(
        "mirrored_pages",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("short_id", sa.Text, nullable=False, unique=True),
        sa.Column("creator_id", sa.Uuid, nullable=False),
        sa.Column("product_id", sa.Uuid, nullable=False),
        sa.Column("status", sa.Text, nullable=False),
        instant("launch_at"),
        instant("expires_at"),
        sa.Column("time_zone", sa.Text, nullable=False),
        sa.Column("title", sa.Text),
        sa.Column("accent", sa.Text),
        sa.Column("registration_form", JSONB, nullable=False),
    )
    op.create_index("mirrored_pages_launch_at", "mirrored_pages", ["launch_at"])


def downgrade() -> None:
    for table in ("mirrored_products", "mirrored_creators", "mirrored_pages", "confirmations", "registrations"):
        op.drop_table(table)
    drop_chassis_tables_v1(op)
