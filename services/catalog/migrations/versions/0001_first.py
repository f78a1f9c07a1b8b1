"""Catalog's tables as they were first."""

import sqlalchemy as sa
from alembic import op
from chassis.migrations import create_chassis_tables_v1, drop_chassis_tables_v1

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    create_chassis_tables_v1(op)
    _create_creators()
    _create_stripe_events()
    _create_sessions()
    _create_products()
    _create_files()
    _create_file_uploads()


def downgrade() -> None:
    op.drop_constraint("products_file", "products")
    for table in ("file_uploads", "files", "products", "refresh_tokens", "sessions", "stripe_events", "creators"):
        op.drop_table(table)
    drop_chassis_tables_v1(op)


def _text(name: str, *, nullable: bool = False, length: int | None = None) -> sa.Column:
    return sa.Column(name, sa.String(length), nullable=nullable)


def _id(name: str, *references: sa.ForeignKey, nullable: bool = False) -> sa.Column:
    return sa.Column(name, sa.Uuid, *references, nullable=nullable)


def _instant(name: str, *, nullable: bool = False) -> sa.Column:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def _number(name: str, kind: type[sa.Integer] = sa.Integer) -> sa.Column:
    return sa.Column(name, kind, nullable=False)


def _flag(name: str) -> sa.Column:
    return sa.Column(name, sa.Boolean, nullable=False)


def _create_creators() -> None:
    op.create_table(
        "creators",
        sa.Column("id", sa.Uuid, primary_key=True),
        _text("email"),
        _text("name"),
        _text("password_hash"),
        _instant("created_at"),
        _instant("updated_at"),
        _number("version"),
        _text("stripe_account_id", nullable=True),
        _flag("stripe_charges_enabled"),
        _flag("stripe_payouts_enabled"),
        _flag("stripe_details_submitted"),
        _text("stripe_country", nullable=True),
        _text("stripe_default_currency", nullable=True),
        _instant("stripe_read_at", nullable=True),
        _number("stripe_links"),
        sa.UniqueConstraint("stripe_account_id"),
    )
    op.create_index("creators_email", "creators", [sa.text("lower(email)")], unique=True)


def _create_stripe_events() -> None:
    op.create_table(
        "stripe_events",
        sa.Column("id", sa.String, primary_key=True),
        _text("type"),
        _text("account_id", nullable=True),
        _instant("created_at"),
        _instant("received_at"),
        _instant("applied_at", nullable=True),
    )
    waiting = sa.text("applied_at IS NULL")
    op.create_index("stripe_events_waiting", "stripe_events", ["received_at"], postgresql_where=waiting)


def _create_sessions() -> None:
    op.create_table(
        "sessions",
        sa.Column("id", sa.Uuid, primary_key=True),
        _id("creator_id", sa.ForeignKey("creators.id")),
        _instant("created_at"),
        _instant("expires_at"),
        _instant("ended_at", nullable=True),
        _text("ended_because", nullable=True),
    )
    op.create_index("ix_sessions_creator_id", "sessions", ["creator_id"])
    op.create_index("ix_sessions_expires_at", "sessions", ["expires_at"])
    op.create_table(
        "refresh_tokens",
        sa.Column("token_hash", sa.String, primary_key=True),
        _id("session_id", sa.ForeignKey("sessions.id", ondelete="CASCADE")),
        _instant("created_at"),
        _instant("used_at", nullable=True),
    )
    op.create_index("ix_refresh_tokens_session_id", "refresh_tokens", ["session_id"])


def _create_products() -> None:
    op.create_table(
        "products",
        sa.Column("id", sa.Uuid, primary_key=True),
        _id("creator_id", sa.ForeignKey("creators.id")),
        _text("name"),
        _text("description"),
        _number("price_in_cents"),
        _text("currency"),
        _number("attempts_allowed"),
        _number("access_days"),
        _instant("created_at"),
        _instant("updated_at"),
        _instant("expires_at", nullable=True),
        _instant("published_at", nullable=True),
        _instant("withdrawn_at", nullable=True),
        _instant("expiry_told_at", nullable=True),
        _number("version"),
        _id("file_id", nullable=True),
        _text("preview_file_name", nullable=True),
        _text("preview_storage_key", nullable=True),
        _text("preview_file_type", nullable=True),
    )
    op.create_index("products_of_creator", "products", ["creator_id", "id"])
    untold = sa.text("published_at IS NOT NULL AND withdrawn_at IS NULL AND expiry_told_at IS NULL")
    op.create_index("products_expiring", "products", ["expires_at"], postgresql_where=untold)


def _create_files() -> None:
    op.create_table(
        "files",
        sa.Column("id", sa.Uuid, primary_key=True),
        _id("product_id", sa.ForeignKey("products.id")),
        _text("file_name"),
        _text("file_type"),
        _text("storage_key"),
        _number("file_size_bytes", sa.BigInteger),
        _instant("uploaded_at"),
        _text("sha256"),
    )
    op.create_index("ix_files_product_id", "files", ["product_id"])
    op.create_foreign_key("products_file", "products", "files", ["file_id"], ["id"])


def _create_file_uploads() -> None:
    op.create_table(
        "file_uploads",
        sa.Column("id", sa.Uuid, primary_key=True),
        _id("product_id", sa.ForeignKey("products.id")),
        _id("creator_id"),
        _text("kind", length=20),
        _text("file_name"),
        _text("file_type"),
        _number("file_size_bytes", sa.BigInteger),
        _text("storage_key"),
        _text("store_upload_id", nullable=True),
        _text("state", length=20),
        _text("sha256", nullable=True),
        _text("rejection", nullable=True, length=20),
        _id("file_id", sa.ForeignKey("files.id"), nullable=True),
        _instant("created_at"),
        _instant("expires_at"),
        _instant("completed_at", nullable=True),
        _instant("lease_until", nullable=True),
        _instant("cleared_at", nullable=True),
    )
    table, left = "file_uploads", "cleared_at IS NULL"
    op.create_index("ix_file_uploads_product_id", table, ["product_id"])
    op.create_index("file_uploads_key", table, ["storage_key"], unique=True, postgresql_where=sa.text(left))
    op.create_index("file_uploads_open", table, ["expires_at"], postgresql_where=sa.text("state = 'open'"))
    op.create_index("file_uploads_verifying", table, ["lease_until"], postgresql_where=sa.text("state = 'verifying'"))
    over = sa.text(f"state IN ('aborted', 'rejected') AND {left}")
    op.create_index("file_uploads_to_clear", table, ["id"], postgresql_where=over)
