"""The security log in partitions of a month; and no partition is missed that rows came for before it was there."""

from pathlib import Path

from alembic import op
from chassis.migrations import gather_security_log, partition_security_log

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

FUNCTIONS = Path(__file__).parents[1] / "functions" / "0001_partitions.sql"


def upgrade() -> None:
    partition_security_log(op)


def downgrade() -> None:
    gather_security_log(op)
    op.execute("REVOKE UPDATE, DELETE, TRUNCATE ON security_log FROM delivery_app")
    op.execute("GRANT SELECT, INSERT, DELETE ON security_log TO delivery_retention")
    for statement in FUNCTIONS.read_text().split("\n--\n"):
        if "CREATE FUNCTION make_partition(" in statement or "ON FUNCTION make_partition(" in statement:
            op.execute(statement)
