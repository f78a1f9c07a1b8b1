"""The security log in partitions of a month."""

from alembic import op
from chassis.migrations import gather_security_log, partition_security_log

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    partition_security_log(op)


def downgrade() -> None:
    gather_security_log(op)
