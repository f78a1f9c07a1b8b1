"""Grants, the append-only record in partitions, and what delivery keeps of products and orders."""

from pathlib import Path

import sqlalchemy as sa
from alembic import op
from chassis.migrations import create_chassis_tables_v1, drop_chassis_tables_v1
from sqlalchemy.dialects.postgresql import INET, JSONB

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

APPEND_ONLY = ("order_events", "download_attempts", "client_addresses")
FUNCTIONS = Path(__file__).parents[1] / "functions" / "0001_partitions.sql"


def instant(name: str, *, nullable: bool = False, primary_key: bool = False) -> sa.Column:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable, primary_key=primary_key)


def required(name: str, kind: sa.types.TypeEngine) -> sa.Column:
    return sa.Column(name, kind, nullable=False)


def upgrade() -> None:
    create_chassis_tables_v1(op)
    _create_mirrors()
    _create_grants()
    _create_order_events()
    _create_download_attempts()
    op.create_table(
        "client_addresses",
        sa.Column("attempt_id", sa.Uuid, primary_key=True),
        instant("at", primary_key=True),
        required("ip", INET()),
        postgresql_partition_by="RANGE (at)",
    )
    for statement in FUNCTIONS.read_text().split("\n--\n"):
        op.execute(statement)
    for table in APPEND_ONLY:
        op.execute(f"REVOKE UPDATE, DELETE, TRUNCATE ON {table} FROM delivery_app")
    op.execute("SELECT make_partitions(3, 7)")


def _create_mirrors() -> None:
    op.create_table(
        "mirrored_products",
        sa.Column("id", sa.Uuid, primary_key=True),
        required("version", sa.Integer()),
        required("name", sa.Text()),
        required("attempts_allowed", sa.Integer()),
        required("access_days", sa.Integer()),
        sa.Column("file_id", sa.Uuid),
        sa.Column("file_name", sa.Text),
        sa.Column("file_type", sa.Text),
        sa.Column("file_size_bytes", sa.BigInteger),
        sa.Column("storage_key", sa.Text),
    )
    op.create_table(
        "order_accesses",
        sa.Column("order_id", sa.Uuid, primary_key=True),
        required("refunded", sa.Boolean()),
        required("refund_version", sa.Integer()),
        required("dispute", sa.Text()),
        required("dispute_version", sa.Integer()),
        required("link_generation", sa.Integer()),
        sa.Column("token_hash", sa.Text),
    )


def _create_grants() -> None:
    op.create_table(
        "download_grants",
        sa.Column("id", sa.Uuid, primary_key=True),
        required("version", sa.Integer()),
        required("order_id", sa.Uuid()),
        required("creator_id", sa.Uuid()),
        required("product_id", sa.Uuid()),
        required("file_id", sa.Uuid()),
        required("token_hash", sa.Text()),
        required("attempts_allowed", sa.Integer()),
        required("attempts_used", sa.Integer()),
        instant("expires_at"),
        instant("revoked_at", nullable=True),
        sa.Column("reason", sa.Text),
        instant("window_ends_at", nullable=True),
        sa.Column("window_attempt_id", sa.Uuid),
    )
    op.create_index("download_grants_order_id", "download_grants", ["order_id", "product_id"], unique=True)
    op.create_index("download_grants_token_hash", "download_grants", ["token_hash"], unique=True)


def _create_order_events() -> None:
    op.create_table(
        "order_chains",
        sa.Column("order_id", sa.Uuid, primary_key=True),
        required("creator_id", sa.Uuid()),
        required("length", sa.Integer()),
        required("digest", sa.Text()),
    )
    op.create_table(
        "order_events",
        sa.Column("id", sa.Uuid, primary_key=True),
        instant("recorded_at", primary_key=True),
        required("order_id", sa.Uuid()),
        required("position", sa.Integer()),
        required("sequence", sa.Integer()),
        required("type", sa.Text()),
        instant("occurred_at"),
        required("data", JSONB()),
        required("digest", sa.Text()),
        postgresql_partition_by="RANGE (recorded_at)",
    )
    op.create_index("order_events_order_id", "order_events", ["order_id", "position"])
    op.create_index("order_events_recorded_at", "order_events", ["recorded_at"], postgresql_using="brin")


def _create_download_attempts() -> None:
    op.create_table(
        "download_attempts",
        sa.Column("id", sa.Uuid, primary_key=True),
        instant("at", primary_key=True),
        required("grant_id", sa.Uuid()),
        required("order_id", sa.Uuid()),
        required("outcome", sa.Text()),
        required("user_agent_family", sa.Text()),
        postgresql_partition_by="RANGE (at)",
    )
    op.create_index("download_attempts_order_id", "download_attempts", ["order_id", "id"])
    op.create_index("download_attempts_at", "download_attempts", ["at"], postgresql_using="brin")


def downgrade() -> None:
    op.execute("DROP FUNCTION forget_client_addresses(timestamptz)")
    op.execute("DROP FUNCTION make_partitions(integer, integer)")
    op.execute("DROP FUNCTION make_partition(text, timestamptz, timestamptz, text)")
    for table in (*APPEND_ONLY, "order_chains", "download_grants", "order_accesses", "mirrored_products"):
        op.drop_table(table)
    drop_chassis_tables_v1(op)
