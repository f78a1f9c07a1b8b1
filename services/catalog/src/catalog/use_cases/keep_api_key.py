"""API keys: made, shown once, and ended."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from chassis.api_keys import keep_key, keep_use, new_key
from chassis.clock import new_id
from chassis.db import Tx
from chassis.errors import Invalid
from chassis.keyring import token_hash
from contracts import Envelope
from contracts.api_keys import ApiKeyUse
from contracts.catalog import ApiKeyState

from catalog import store
from catalog.errors import EmailNotVerified, TooManyApiKeys
from catalog.models import ApiKey

MOST_KEYS = 50
"""In force, of one creator."""


@dataclass(frozen=True)
class WantedKey:
    """A key as its creator asks for it."""

    name: str
    scopes: list[str]
    expires_at: datetime | None


async def issue_api_key(tx: Tx, creator_id: UUID, wanted: WantedKey) -> tuple[ApiKey, str]:
    """The key, and its secret, which nobody can tell again. Raises EmailNotVerified, TooManyApiKeys, Invalid."""
    now = tx.clock.now()
    creator = await store.creator(tx.session, creator_id, to_change=True)
    if not creator.email_verified:
        raise EmailNotVerified
    if wanted.expires_at is not None and wanted.expires_at <= now:
        raise Invalid("#/expiresAt", "This instant has passed already.")
    if len(await store.api_keys_in_force(tx.session, creator_id, now)) >= MOST_KEYS:
        raise TooManyApiKeys
    key_id = new_id()
    secret = new_key(key_id)
    key = ApiKey(id=key_id, creator_id=creator_id, key_hash=token_hash(secret), created_at=now, **vars(wanted))
    tx.session.add(key)
    await _tell(tx, key.issued())
    await tx.log_security("api-key-issued", creator_id, key=str(key.id), scopes=wanted.scopes)
    return key, secret


async def revoke_api_key(tx: Tx, creator_id: UUID, key_id: UUID) -> None:
    """It opens nothing here any more, and nothing elsewhere once that is heard. Again is harmless. Raises NotFound."""
    await _revoke(tx, await store.api_key(tx.session, creator_id, key_id, to_change=True))


async def forget_api_keys(tx: Tx, creator_id: UUID) -> None:
    """All of an account that ends are revoked, and what they were called is gone."""
    for key in await store.all_api_keys(tx.session, creator_id, to_change=True):
        await _revoke(tx, key)
        await tx.session.delete(key)


async def record_key_use(tx: Tx, envelope: Envelope[ApiKeyUse]) -> None:
    """A key was used at another service."""
    await keep_use(tx.session, envelope.data.id, envelope.data.used_on)


async def _revoke(tx: Tx, key: ApiKey) -> None:
    if (revoked := key.revoke(tx.clock.now())) is not None:
        await _tell(tx, revoked)
        await tx.log_security("api-key-revoked", key.creator_id, key=str(key.id))


async def _tell(tx: Tx, event: ApiKeyState) -> None:
    """To the others, and to this gateway, in one transaction."""
    tx.publish(event)
    await keep_key(tx.session, event)
