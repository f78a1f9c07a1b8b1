"""API keys: for programs of a creator's, each with no more rights than it needs."""

from datetime import date, datetime
from typing import Annotated
from uuid import UUID

from chassis import api_keys
from chassis.api import (
    InTransaction,
    Listing,
    Page,
    RequestModel,
    ResponseModel,
    WithDatabase,
    idempotency_key,
    lock_key,
    remember,
)
from chassis.auth import SignedIn
from chassis.path_ids import ApiKeyId
from chassis.problems import problems
from chassis.scopes import Scope
from chassis.texts import Name
from contracts.event import Instant
from fastapi import APIRouter, Request
from pydantic import Field

from catalog import store
from catalog.models import ApiKey
from catalog.use_cases.keep_api_key import WantedKey, issue_api_key, revoke_api_key

router = APIRouter(tags=["API keys"])


class NewApiKey(RequestModel):
    """`scopes`: all that it may do. Without `expiresAt` it is in force until it is revoked."""

    name: Name
    scopes: Annotated[list[Scope], Field(min_length=1, max_length=len(Scope))]
    expires_at: Instant | None = None


class ApiKeyFacts(ResponseModel):
    """A key as it was made, and until when it is in force."""

    id: UUID
    name: str
    scopes: list[str]
    created_at: datetime
    expires_at: datetime | None
    revoked_at: datetime | None


class ApiKeyBody(ApiKeyFacts):
    """`lastUsedOn`: the latest day (UTC) on which it was used at any gateway, as far as is known."""

    last_used_on: date | None


class IssuedApiKey(ApiKeyBody):
    """`key`: send it as `Authorization: Bearer tp_live_…`. It is shown this once; null when asked for again."""

    key: str | None


@router.post(
    "/v1/api-keys",
    status_code=201,
    summary="Make an API key",
    responses=problems(401, 403, 404, 409, 422),
)
async def post_api_key(wanted: NewApiKey, who: SignedIn, request: Request, tx: InTransaction) -> IssuedApiKey:
    """Other gateways know it a moment later, and answer 503 until then. Your address must be verified.

    Under an Idempotency-Key that was used before, the same key is shown without its secret, which is not kept.
    """
    replayed = idempotency_key(request)
    if replayed is not None and (known := await lock_key(tx, request, replayed)) is not None:
        made = await store.api_key(tx.session, who.creator_id, known["resource_id"])
        return IssuedApiKey(**_body_of(made, None).model_dump(), key=None)
    asked = WantedKey(wanted.name, sorted(set(wanted.scopes)), wanted.expires_at)
    key, secret = await issue_api_key(tx, who.creator_id, asked)
    if replayed is not None:
        await remember(tx, request, replayed, resource_id=key.id)
    return IssuedApiKey(**_body_of(key, None).model_dump(), key=secret)


@router.get("/v1/api-keys", summary="Your API keys, newest first", responses=problems(401, 422))
async def get_api_keys(who: SignedIn, db: WithDatabase, listing: Listing) -> Page[ApiKeyBody]:
    """Those that were revoked or have expired, too."""
    async with db.reading() as session:
        found = await store.api_keys(session, who.creator_id, limit=listing.limit + 1, before=listing.before)
        used = await api_keys.last_uses(session, who.creator_id)
    return listing.page(found, lambda key: _body_of(key, used.get(key.id)))


@router.delete("/v1/api-keys/{keyId}", status_code=204, summary="Revoke an API key", responses=problems(401, 404, 422))
async def delete_api_key(key_id: ApiKeyId, who: SignedIn, tx: InTransaction) -> None:
    """For ever: here at once, at the other gateways a moment later. Again is harmless."""
    await revoke_api_key(tx, who.creator_id, key_id)


def _body_of(key: ApiKey, last_used_on: date | None) -> ApiKeyBody:
    return ApiKeyBody(**key.model_dump(include=set(ApiKeyBody.model_fields)), last_used_on=last_used_on)
