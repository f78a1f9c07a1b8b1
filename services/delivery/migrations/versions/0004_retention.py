"""What has been kept long enough goes, by a role that can remove nothing else."""

from pathlib import Path

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

FUNCTIONS = Path(__file__).parents[1] / "functions"


def upgrade() -> None:
    op.add_column("order_chains", sa.Column("removed", sa.Integer, nullable=False, server_default="0"))
    op.add_column("order_chains", sa.Column("removed_digest", sa.Text))
    for statement in (FUNCTIONS / "0004_retention.sql").read_text().split("\n--\n"):
        op.execute(statement)


def downgrade() -> None:
    op.execute("GRANT UPDATE, DELETE ON security_log TO delivery_app")
    op.execute("REVOKE ALL ON security_log FROM delivery_retention")
    for statement in (FUNCTIONS / "0001_partitions.sql").read_text().split("\n--\n"):
        if "CREATE FUNCTION forget_client_addresses" in statement:
            op.execute(statement.replace("CREATE FUNCTION", "CREATE OR REPLACE FUNCTION"))
    for function in (
        "remove_old_history()", "remove_forgotten_orders()", "remove_strays()", "move_chains_on(text, timestamptz)",
        "look_at_history()", "dated_partitions()", "kept_for(text)",
    ):  # fmt: skip
        op.execute(f"DROP FUNCTION {function}")
    op.drop_column("order_chains", "removed_digest")
    op.drop_column("order_chains", "removed")
