"""What buyers want to pay, discount codes, and each page's policy for late payments."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

TABLES = """
CREATE TABLE discount_codes (
    id UUID NOT NULL,
    creator_id UUID NOT NULL,
    sales_page_id UUID NOT NULL,
    code TEXT NOT NULL,
    percent_off INTEGER,
    amount_off_in_cents INTEGER,
    currency TEXT,
    starts_at TIMESTAMP WITH TIME ZONE NOT NULL,
    ends_at TIMESTAMP WITH TIME ZONE,
    max_uses INTEGER,
    max_uses_per_customer INTEGER,
    uses INTEGER NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    withdrawn_at TIMESTAMP WITH TIME ZONE,
    version INTEGER NOT NULL,
    PRIMARY KEY (id),
    CONSTRAINT discount_codes_one_kind CHECK ((percent_off IS NULL) <> (amount_off_in_cents IS NULL))
);
CREATE UNIQUE INDEX discount_codes_of_page ON discount_codes (sales_page_id, code) WHERE withdrawn_at IS NULL;
CREATE INDEX discount_codes_by_creator ON discount_codes (creator_id, id);
CREATE TABLE discount_uses (
    id UUID NOT NULL,
    order_id UUID NOT NULL,
    discount_code_id UUID NOT NULL,
    customer_id UUID NOT NULL,
    PRIMARY KEY (id),
    UNIQUE (order_id),
    FOREIGN KEY(order_id) REFERENCES orders (id),
    FOREIGN KEY(discount_code_id) REFERENCES discount_codes (id)
);
CREATE INDEX discount_uses_by_customer ON discount_uses (discount_code_id, customer_id);
"""


def upgrade() -> None:
    for statement in filter(str.strip, TABLES.split(";\n")):
        op.execute(statement)
    # Defaults, so that code of the revision before can go on mirroring and placing orders.
    text = sa.String(32)
    op.add_column("mirrored_products", sa.Column("pricing", text, nullable=False, server_default="fixed"))
    op.add_column("mirrored_pages", sa.Column("late_payment", text, nullable=False, server_default="hard"))
    op.add_column("orders", sa.Column("discount_in_cents", sa.Integer, nullable=False, server_default="0"))
    op.add_column("orders", sa.Column("discount_code_id", sa.Uuid))


def downgrade() -> None:
    op.drop_column("orders", "discount_code_id")
    op.drop_column("orders", "discount_in_cents")
    op.drop_column("mirrored_pages", "late_payment")
    op.drop_column("mirrored_products", "pricing")
    op.drop_table("discount_uses")
    op.drop_table("discount_codes")
