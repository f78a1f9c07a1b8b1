"""Early access in waves, waiting lists, those who want the next page, creators who were erased."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

TO_TELL = sa.text("confirmed_at IS NOT NULL AND notified_at IS NULL")
REGISTRATION_COLUMNS = ("early_access_from", "waiting_since", "next_wanted_at", "next_told_at")
PAGE_COLUMNS = ("early_access_minutes", "waiting_list", "takes_next", "successor_short_id")
REGISTRATION_INDEXES = ("registrations_told_early", "registrations_waiting", "registrations_for_the_next")


def instant(name: str, *, nullable: bool = False) -> sa.Column:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def defaulted(name: str, kind: sa.types.TypeEngine, default: str) -> sa.Column:
    """With a default in the database: the release before writes rows without it."""
    return sa.Column(name, kind, nullable=False, server_default=sa.text(default))


def upgrade() -> None:
    _widen_registrations()
    op.add_column("confirmations", defaulted("purpose", sa.Text(), "'launch'"))
    op.add_column("mirrored_pages", defaulted("early_access_minutes", sa.Integer(), "0"))
    op.add_column("mirrored_pages", defaulted("waiting_list", sa.Boolean(), "false"))
    op.add_column("mirrored_pages", defaulted("takes_next", sa.Boolean(), "false"))
    op.add_column("mirrored_pages", sa.Column("successor_short_id", sa.Text))
    op.create_index("mirrored_pages_creator_id", "mirrored_pages", ["creator_id"])
    op.add_column("mirrored_creators", defaulted("erased", sa.Boolean(), "false"))
    op.create_index("mirrored_creators_erased", "mirrored_creators", ["id"], postgresql_where=sa.text("erased"))
    _create_mirrored_stocks()
    _create_early_access_waves()
    _create_waiting_list_offers()


def _widen_registrations() -> None:
    for name in REGISTRATION_COLUMNS:
        op.add_column("registrations", instant(name, nullable=True))
    op.drop_index("registrations_to_tell", "registrations")
    op.create_index("registrations_to_tell", "registrations", ["sales_page_id", "id"], postgresql_where=TO_TELL)
    told_early, waiting, for_the_next = REGISTRATION_INDEXES
    partial = {
        told_early: (["sales_page_id"], "early_access_from IS NOT NULL"),
        waiting: (["sales_page_id", "waiting_since", "id"], "waiting_since IS NOT NULL"),
        for_the_next: (["sales_page_id"], "next_wanted_at IS NOT NULL AND next_told_at IS NULL"),
    }
    for index, (columns, condition) in partial.items():
        op.create_index(index, "registrations", columns, postgresql_where=sa.text(condition))


def _create_mirrored_stocks() -> None:
    op.create_table(
        "mirrored_stocks",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("remaining", sa.Integer, nullable=False),
        sa.Column("held_offers", JSONB, nullable=False),
        instant("told_at"),
    )


def _create_early_access_waves() -> None:
    op.create_table(
        "early_access_waves",
        sa.Column("page_id", sa.Uuid, primary_key=True),
        sa.Column("minutes_before", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("registrants", sa.Integer),
    )


def _create_waiting_list_offers() -> None:
    op.create_table(
        "waiting_list_offers",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("sales_page_id", sa.Uuid, nullable=False),
        sa.Column("registration_id", sa.Uuid, sa.ForeignKey("registrations.id", ondelete="CASCADE"), nullable=False),
        instant("offered_at"),
        instant("offered_until"),
        instant("ended_at", nullable=True),
        sa.Column("outcome", sa.Text),
    )
    still_open = sa.text("ended_at IS NULL")
    table = "waiting_list_offers"
    op.create_index(f"{table}_open", table, ["registration_id"], unique=True, postgresql_where=still_open)
    op.create_index(f"{table}_due", table, ["offered_until"], postgresql_where=still_open)
    op.create_index(f"{table}_sales_page_id", table, ["sales_page_id"])


def downgrade() -> None:
    for table in ("waiting_list_offers", "early_access_waves", "mirrored_stocks"):
        op.drop_table(table)
    op.drop_index("mirrored_creators_erased", "mirrored_creators")
    op.drop_column("mirrored_creators", "erased")
    op.drop_index("mirrored_pages_creator_id", "mirrored_pages")
    for name in PAGE_COLUMNS:
        op.drop_column("mirrored_pages", name)
    op.drop_column("confirmations", "purpose")
    for index in (*REGISTRATION_INDEXES, "registrations_to_tell"):
        op.drop_index(index, "registrations")
    op.create_index("registrations_to_tell", "registrations", ["sales_page_id"], postgresql_where=TO_TELL)
    for name in REGISTRATION_COLUMNS:
        op.drop_column("registrations", name)
