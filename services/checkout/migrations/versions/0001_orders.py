"""Orders, sessions, refunds, disputes, stock, Stripe's events, and the mirrors that orders are placed from."""

from alembic import op
from chassis.migrations import create_chassis_tables_v1, drop_chassis_tables_v1

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

TABLES = """
CREATE TABLE customer_contacts (
    customer_id UUID NOT NULL,
    creator_id UUID NOT NULL,
    email TEXT NOT NULL,
    name TEXT,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    PRIMARY KEY (customer_id),
    UNIQUE (creator_id, email)
);
CREATE TABLE mirrored_creators (
    id UUID NOT NULL,
    name TEXT NOT NULL,
    stripe_account_id TEXT,
    charges_enabled BOOLEAN NOT NULL,
    version INTEGER NOT NULL,
    PRIMARY KEY (id)
);
CREATE TABLE mirrored_pages (
    id UUID NOT NULL,
    short_id TEXT NOT NULL,
    creator_id UUID NOT NULL,
    product_id UUID NOT NULL,
    product_ids UUID[] NOT NULL,
    launch_at TIMESTAMP WITH TIME ZONE NOT NULL,
    closes_at TIMESTAMP WITH TIME ZONE NOT NULL,
    time_zone TEXT NOT NULL,
    quantity_limit INTEGER,
    accent TEXT,
    version INTEGER NOT NULL,
    PRIMARY KEY (id),
    UNIQUE (short_id)
);
CREATE TABLE mirrored_products (
    id UUID NOT NULL,
    creator_id UUID NOT NULL,
    name TEXT NOT NULL,
    price_in_cents INTEGER NOT NULL,
    currency TEXT NOT NULL,
    is_active BOOLEAN NOT NULL,
    expires_at TIMESTAMP WITH TIME ZONE,
    attempts_allowed INTEGER NOT NULL,
    access_days INTEGER NOT NULL,
    file_name TEXT,
    file_size_bytes BIGINT,
    version INTEGER NOT NULL,
    PRIMARY KEY (id)
);
CREATE TABLE orders (
    id UUID NOT NULL,
    sales_page_id UUID NOT NULL,
    product_id UUID NOT NULL,
    creator_id UUID NOT NULL,
    customer_id UUID NOT NULL,
    payment_id TEXT,
    price_in_cents INTEGER NOT NULL,
    amount_paid INTEGER NOT NULL,
    amount_refunded INTEGER NOT NULL,
    currency TEXT NOT NULL,
    status VARCHAR(32) NOT NULL,
    status_before_dispute VARCHAR(32),
    needs_review BOOLEAN NOT NULL,
    reason TEXT,
    unit VARCHAR(32) NOT NULL,
    access_revoked BOOLEAN NOT NULL,
    link_generation INTEGER NOT NULL,
    link_key_id TEXT,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    paid_at TIMESTAMP WITH TIME ZONE,
    download_attempts INTEGER NOT NULL,
    last_download_at TIMESTAMP WITH TIME ZONE,
    grant_version INTEGER NOT NULL,
    ledger_looks INTEGER NOT NULL,
    ledger_applied INTEGER NOT NULL,
    version INTEGER NOT NULL,
    PRIMARY KEY (id),
    UNIQUE (payment_id)
);
CREATE INDEX orders_by_creator ON orders (creator_id, id);
CREATE INDEX orders_by_customer ON orders (customer_id);
CREATE INDEX orders_by_page ON orders (sales_page_id, id);
CREATE INDEX orders_by_time ON orders (created_at);
CREATE TABLE page_stocks (
    page_id UUID NOT NULL,
    quantity_limit INTEGER,
    held INTEGER NOT NULL,
    sold INTEGER NOT NULL,
    in_review INTEGER NOT NULL,
    version INTEGER NOT NULL,
    told_version INTEGER NOT NULL,
    told_at TIMESTAMP WITH TIME ZONE,
    PRIMARY KEY (page_id),
    CONSTRAINT page_stocks_not_negative CHECK (held >= 0 AND sold >= 0 AND in_review >= 0)
);
CREATE INDEX page_stocks_untold ON page_stocks (page_id) WHERE version > told_version;
CREATE TABLE stripe_events (
    id TEXT NOT NULL,
    type TEXT NOT NULL,
    payment_id TEXT,
    notice JSONB,
    received_at TIMESTAMP WITH TIME ZONE NOT NULL,
    due_at TIMESTAMP WITH TIME ZONE NOT NULL,
    tries INTEGER NOT NULL,
    applied_at TIMESTAMP WITH TIME ZONE,
    PRIMARY KEY (id)
);
CREATE INDEX stripe_events_due ON stripe_events (due_at) WHERE applied_at IS NULL;
CREATE INDEX stripe_events_waiting ON stripe_events (payment_id) WHERE applied_at IS NULL;
CREATE TABLE checkout_sessions (
    id UUID NOT NULL,
    order_id UUID NOT NULL,
    attempt INTEGER NOT NULL,
    request JSONB,
    application_fee INTEGER NOT NULL,
    stripe_session_id TEXT,
    url TEXT,
    expires_at TIMESTAMP WITH TIME ZONE NOT NULL,
    committed_at TIMESTAMP WITH TIME ZONE,
    settled_at TIMESTAMP WITH TIME ZONE,
    ask_due_at TIMESTAMP WITH TIME ZONE,
    tries INTEGER NOT NULL,
    PRIMARY KEY (id),
    UNIQUE (order_id),
    FOREIGN KEY(order_id) REFERENCES orders (id),
    UNIQUE (stripe_session_id)
);
CREATE INDEX checkout_sessions_due ON checkout_sessions (ask_due_at) WHERE ask_due_at IS NOT NULL;
CREATE TABLE disputes (
    id UUID NOT NULL,
    order_id UUID NOT NULL,
    stripe_dispute_id TEXT NOT NULL,
    amount INTEGER NOT NULL,
    currency TEXT NOT NULL,
    reason TEXT NOT NULL,
    stripe_status TEXT NOT NULL,
    stage INTEGER NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    closed_at TIMESTAMP WITH TIME ZONE,
    PRIMARY KEY (id),
    FOREIGN KEY(order_id) REFERENCES orders (id),
    UNIQUE (stripe_dispute_id)
);
CREATE INDEX ix_disputes_order_id ON disputes (order_id);
CREATE TABLE link_reissues (
    id UUID NOT NULL,
    order_id UUID NOT NULL,
    generation INTEGER NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    PRIMARY KEY (id),
    UNIQUE (order_id, generation),
    FOREIGN KEY(order_id) REFERENCES orders (id)
);
CREATE TABLE refunds (
    id UUID NOT NULL,
    order_id UUID NOT NULL,
    payment_id TEXT NOT NULL,
    stripe_refund_id TEXT,
    amount INTEGER NOT NULL,
    status VARCHAR(32) NOT NULL,
    revoke_access BOOLEAN NOT NULL,
    reason TEXT NOT NULL,
    failure TEXT,
    attempt INTEGER NOT NULL,
    tries INTEGER NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    due_at TIMESTAMP WITH TIME ZONE NOT NULL,
    PRIMARY KEY (id),
    FOREIGN KEY(order_id) REFERENCES orders (id),
    UNIQUE (stripe_refund_id)
);
CREATE INDEX refunds_by_order ON refunds (order_id);
CREATE INDEX refunds_due ON refunds (due_at) WHERE status = 'requested';
"""


def upgrade() -> None:
    create_chassis_tables_v1(op)
    for statement in filter(str.strip, TABLES.split(";\n")):
        op.execute(statement)


def downgrade() -> None:
    for table in (
        "refunds",
        "link_reissues",
        "disputes",
        "checkout_sessions",
        "stripe_events",
        "page_stocks",
        "orders",
        "mirrored_products",
        "mirrored_pages",
        "mirrored_creators",
        "customer_contacts",
    ):
        op.drop_table(table)
    drop_chassis_tables_v1(op)
