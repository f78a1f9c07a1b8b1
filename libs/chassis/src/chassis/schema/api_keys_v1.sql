-- API keys as a service knows them, first version. Frozen, as v1.sql is.

CREATE TABLE api_keys (
    id UUID NOT NULL,
    version INTEGER NOT NULL,
    creator_id UUID NOT NULL,
    key_hash TEXT NOT NULL,
    scopes TEXT[] NOT NULL,
    expires_at TIMESTAMP WITH TIME ZONE,
    revoked_at TIMESTAMP WITH TIME ZONE,
    last_used_on DATE,
    PRIMARY KEY (id),
    UNIQUE (key_hash)
);
