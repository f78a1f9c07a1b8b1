"""Look-ups by address, what delivery told of downloads, reminders, and the evidence of disputes."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

TABLES = """
CREATE TABLE order_lookups (
    id UUID NOT NULL,
    customer_id UUID NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    PRIMARY KEY (id)
);
CREATE INDEX order_lookups_by_customer ON order_lookups (customer_id);
CREATE TABLE access_facts (
    id UUID NOT NULL,
    order_id UUID NOT NULL,
    grant_id UUID NOT NULL,
    at TIMESTAMP WITH TIME ZONE NOT NULL,
    kind VARCHAR(32) NOT NULL,
    outcome TEXT,
    user_agent_family TEXT,
    PRIMARY KEY (id),
    FOREIGN KEY(order_id) REFERENCES orders (id)
);
CREATE INDEX access_facts_by_order ON access_facts (order_id, at);
CREATE TABLE unused_grants (
    id UUID NOT NULL,
    expires_at TIMESTAMP WITH TIME ZONE NOT NULL,
    PRIMARY KEY (id),
    FOREIGN KEY(id) REFERENCES orders (id)
);
CREATE INDEX customer_contacts_by_email ON customer_contacts (email);
CREATE INDEX orders_in_review ON orders (creator_id, id) WHERE needs_review;
"""


def upgrade() -> None:
    for statement in filter(str.strip, TABLES.split(";\n")):
        op.execute(statement)
    op.add_column("disputes", sa.Column("due_by", sa.DateTime(timezone=True)))
    op.add_column("disputes", sa.Column("evidence_submitted_at", sa.DateTime(timezone=True)))


def downgrade() -> None:
    op.drop_column("disputes", "evidence_submitted_at")
    op.drop_column("disputes", "due_by")
    op.drop_index("orders_in_review", "orders")
    op.drop_index("customer_contacts_by_email", "customer_contacts")
    for table in ("unused_grants", "access_facts", "order_lookups"):
        op.drop_table(table)
