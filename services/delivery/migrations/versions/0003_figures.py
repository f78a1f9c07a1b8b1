"""Figures of downloads, by page and by product."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

FILL = (
    "UPDATE download_grants SET sales_page_id = (e.data ->> 'salesPageId')::uuid FROM order_events e"
    " WHERE e.order_id = download_grants.order_id AND e.data ? 'salesPageId'",
    "UPDATE download_grants SET refusals = counted.refusals FROM ("
    "  SELECT grant_id, jsonb_object_agg(outcome, times) AS refusals FROM ("
    "    SELECT grant_id, outcome, count(*) AS times FROM download_attempts WHERE outcome LIKE 'refused%' GROUP BY 1, 2"
    "  ) AS each GROUP BY 1) AS counted WHERE counted.grant_id = download_grants.id",
    "INSERT INTO mirrored_pages (id, version, creator_id)"
    " SELECT DISTINCT ON (sales_page_id) sales_page_id, 0, creator_id FROM download_grants"
    " WHERE sales_page_id IS NOT NULL",
)
"""Whose page it is, is known of those that sold; version 0 gives way to whatever is heard."""


def upgrade() -> None:
    op.create_table(
        "mirrored_pages",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("creator_id", sa.Uuid, nullable=False),
    )
    op.add_column("download_grants", sa.Column("sales_page_id", sa.Uuid))
    op.add_column("download_grants", sa.Column("refusals", JSONB, nullable=False, server_default=sa.text("'{}'")))
    for statement in FILL:
        op.execute(statement)
    op.create_index("download_grants_sales_page_id", "download_grants", ["sales_page_id"])


def downgrade() -> None:
    op.drop_index("download_grants_sales_page_id", "download_grants")
    op.drop_column("download_grants", "refusals")
    op.drop_column("download_grants", "sales_page_id")
    op.drop_table("mirrored_pages")
