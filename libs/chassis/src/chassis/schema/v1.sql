-- The chassis's tables, first version. Frozen: a later change is a file and a revision of its own.

CREATE TABLE idempotency_keys (
    scope TEXT NOT NULL,
    key TEXT NOT NULL,
    fingerprint BYTEA NOT NULL,
    resource_id UUID,
    status INTEGER,
    headers JSONB,
    body BYTEA,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    PRIMARY KEY (scope, key)
);

CREATE INDEX idempotency_keys_created ON idempotency_keys (created_at);

CREATE TABLE inbox (
    consumer TEXT NOT NULL,
    event_id UUID NOT NULL,
    received_at TIMESTAMP WITH TIME ZONE NOT NULL,
    PRIMARY KEY (consumer, event_id)
);

CREATE INDEX inbox_received ON inbox (received_at);

CREATE TABLE mails (
    id UUID NOT NULL,
    kind TEXT NOT NULL,
    about UUID NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    due_at TIMESTAMP WITH TIME ZONE NOT NULL,
    attempts INTEGER DEFAULT '0' NOT NULL,
    last_error TEXT,
    sent_at TIMESTAMP WITH TIME ZONE,
    PRIMARY KEY (id),
    UNIQUE (kind, about)
);

CREATE INDEX mails_unsent ON mails (due_at) WHERE sent_at IS NULL;

CREATE TABLE outbox (
    event_id UUID NOT NULL,
    position BIGINT GENERATED ALWAYS AS IDENTITY,
    aggregate_type TEXT NOT NULL,
    aggregate_id UUID NOT NULL,
    aggregate_version INTEGER NOT NULL,
    type TEXT NOT NULL,
    payload JSON NOT NULL,
    occurred_at TIMESTAMP WITH TIME ZONE NOT NULL,
    attempts INTEGER DEFAULT '0' NOT NULL,
    last_error TEXT,
    sent_at TIMESTAMP WITH TIME ZONE,
    PRIMARY KEY (event_id),
    UNIQUE (aggregate_type, aggregate_id, aggregate_version)
);

CREATE INDEX outbox_sent ON outbox (sent_at) WHERE sent_at IS NOT NULL;

CREATE INDEX outbox_unsent ON outbox (position) WHERE sent_at IS NULL;

CREATE TABLE security_log (
    id UUID NOT NULL,
    at TIMESTAMP WITH TIME ZONE NOT NULL,
    kind TEXT NOT NULL,
    subject UUID,
    detail JSONB NOT NULL,
    PRIMARY KEY (id, at)
);

CREATE INDEX security_log_at ON security_log (at);
