"""The chassis's own tables, which stand in every service's database."""

from sqlalchemy import (
    BigInteger,
    Column,
    Date,
    DateTime,
    Identity,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    PrimaryKeyConstraint,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSON, JSONB

metadata = MetaData()


def instant(name: str, *, nullable: bool = False) -> Column[object]:
    return Column(name, DateTime(timezone=True), nullable=nullable)


outbox = Table(
    "outbox",
    metadata,
    Column("event_id", Uuid, primary_key=True),
    Column("position", BigInteger, Identity(always=True), nullable=False),
    Column("aggregate_type", Text, nullable=False),
    Column("aggregate_id", Uuid, nullable=False),
    Column("aggregate_version", Integer, nullable=False),
    Column("type", Text, nullable=False),
    Column("payload", JSON, nullable=False),
    instant("occurred_at"),
    Column("attempts", Integer, nullable=False, server_default="0"),
    Column("last_error", Text),
    instant("sent_at", nullable=True),
    UniqueConstraint("aggregate_type", "aggregate_id", "aggregate_version"),
)
"""What was told, in order. `payload` is the envelope as it goes on the wire."""
Index("outbox_unsent", outbox.c.position, postgresql_where=outbox.c.sent_at.is_(None))
Index("outbox_sent", outbox.c.sent_at, postgresql_where=outbox.c.sent_at.is_not(None))

inbox = Table(
    "inbox",
    metadata,
    Column("consumer", Text, nullable=False),
    Column("event_id", Uuid, nullable=False),
    instant("received_at"),
    PrimaryKeyConstraint("consumer", "event_id"),
)
"""What was handled, by which consumer."""
Index("inbox_received", inbox.c.received_at)

idempotency_keys = Table(
    "idempotency_keys",
    metadata,
    Column("scope", Text, nullable=False),
    Column("key", Text, nullable=False),
    Column("fingerprint", LargeBinary, nullable=False),
    Column("resource_id", Uuid),
    Column("status", Integer),
    Column("headers", JSONB),
    Column("body", LargeBinary),
    instant("created_at"),
    PrimaryKeyConstraint("scope", "key"),
)
"""Answers given under an Idempotency-Key, for 24 hours."""
Index("idempotency_keys_created", idempotency_keys.c.created_at)

mails = Table(
    "mails",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("about", Uuid, nullable=False),
    instant("created_at"),
    instant("due_at"),
    Column("attempts", Integer, nullable=False, server_default="0"),
    Column("last_error", Text),
    instant("sent_at", nullable=True),
    UniqueConstraint("kind", "about"),
)
"""Mails owed: one of a kind about one thing. Text and address are looked up when it is sent."""
Index("mails_unsent", mails.c.due_at, postgresql_where=mails.c.sent_at.is_(None))

api_keys = Table(
    "api_keys",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("version", Integer, nullable=False),
    Column("creator_id", Uuid, nullable=False),
    Column("key_hash", Text, nullable=False, unique=True),
    Column("scopes", ARRAY(Text), nullable=False),
    instant("expires_at", nullable=True),
    instant("revoked_at", nullable=True),
    Column("last_used_on", Date),
)
"""API keys, as catalog tells of them; `last_used_on`: the day on which one was last used here."""

security_log = Table(
    "security_log",
    metadata,
    Column("id", Uuid, nullable=False),
    instant("at"),
    Column("kind", Text, nullable=False),
    Column("subject", Uuid),
    Column("detail", JSONB, nullable=False),
    PrimaryKeyConstraint("id", "at"),
    postgresql_partition_by="RANGE (at)",
)
"""Sign-ins, refusals, erasures: ids only, never an address or a token. A partition a month; see schema/v2.sql."""
Index("security_log_at", security_log.c.at)
