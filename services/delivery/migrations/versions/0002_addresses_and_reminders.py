"""Links bound to where they are first used; reminders of what nobody downloaded; who revoked."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

FILL = (
    # A UUIDv7 begins with the instant at which it was made (RFC 9562, 5.7).
    "UPDATE download_grants SET issued_at ="
    " to_timestamp(('x' || substr(replace(id::text, '-', ''), 1, 12))::bit(48)::bigint / 1000.0)",
    "UPDATE download_grants SET first_used_at = coalesce(window_ends_at - interval '10 minutes', issued_at)"
    " WHERE attempts_used > 0",
    "UPDATE download_grants SET revoked_by_creator = true WHERE reason = 'creator'",
    "UPDATE mirrored_products SET creator_id = g.creator_id FROM download_grants g"
    " WHERE g.product_id = mirrored_products.id",
)
UNUSED = "first_used_at IS NULL AND revoked_at IS NULL AND unused_told_at IS NULL"


def upgrade() -> None:
    instant = sa.DateTime(timezone=True)
    op.add_column("mirrored_products", sa.Column("creator_id", sa.Uuid))
    op.add_column("mirrored_products", sa.Column("address_binding", sa.Text, nullable=False, server_default="none"))
    for column in (
        sa.Column("issued_at", instant),
        sa.Column("first_used_at", instant),
        sa.Column("unused_told_at", instant),
        sa.Column("address_binding", sa.Text, nullable=False, server_default="none"),
        sa.Column("bound_to", sa.Text),
        sa.Column("revoked_by_creator", sa.Boolean, nullable=False, server_default=sa.false()),
    ):
        op.add_column("download_grants", column)
    for statement in FILL:
        op.execute(statement)
    # A default, so that code of the revision before can go on making grants.
    op.alter_column("download_grants", "issued_at", nullable=False, server_default=sa.func.now())
    op.create_index("download_grants_product_id", "download_grants", ["product_id"])
    op.create_index("download_grants_unused", "download_grants", ["expires_at"], postgresql_where=sa.text(UNUSED))


def downgrade() -> None:
    op.drop_index("download_grants_unused", "download_grants")
    op.drop_index("download_grants_product_id", "download_grants")
    for column in (
        "issued_at", "first_used_at", "unused_told_at", "address_binding", "bound_to", "revoked_by_creator"
    ):  # fmt: skip
        op.drop_column("download_grants", column)
    for column in ("creator_id", "address_binding"):
        op.drop_column("mirrored_products", column)
