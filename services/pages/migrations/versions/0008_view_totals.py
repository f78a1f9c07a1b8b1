"""All views of a page, to be told to others."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "view_totals",
        sa.Column("page_id", sa.Uuid, primary_key=True),
        sa.Column("views", sa.BigInteger, nullable=False),
        sa.Column("bot_views", sa.BigInteger, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("told_version", sa.Integer, nullable=False),
    )
    untold = sa.text("version > told_version")
    op.create_index("view_totals_untold", "view_totals", ["page_id"], postgresql_where=untold)
    op.execute(
        "INSERT INTO view_totals (page_id, views, bot_views, version, told_version)"
        " SELECT page_id, sum(views), sum(bot_views), 1, 0 FROM page_views GROUP BY page_id"
    )


def downgrade() -> None:
    op.drop_table("view_totals")
