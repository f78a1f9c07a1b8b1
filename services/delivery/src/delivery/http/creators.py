"""For creators: what happened to an order, who may download it, and taking that back."""

from typing import Annotated
from uuid import UUID

from chassis.api import IdempotentRoute, InTransaction, Listing, Page, WithDatabase
from chassis.path_ids import GrantId, OrderId
from chassis.problems import problems
from chassis.scopes import ReadsDownloads, WritesDownloads
from fastapi import APIRouter, Query

from delivery import store
from delivery.http.views import DownloadAttemptView, GrantView, OrderEventView
from delivery.use_cases import govern_grant

router = APIRouter(tags=["creators"], route_class=IdempotentRoute)


@router.get(
    "/v1/orders/{orderId}/events",
    operation_id="listOrderEvents",
    summary="What an order went through, by its versions: the append-only record",
    responses=problems(401, 404, 422),
)
async def list_order_events(order_id: OrderId, who: ReadsDownloads, db: WithDatabase) -> Page[OrderEventView]:
    async with db.reading() as session:
        await store.own_chain(session, who.creator_id, order_id)
        events = (await session.execute(store.events_of_order(order_id))).scalars().all()
    return Page[OrderEventView](items=[OrderEventView.model_validate(event) for event in events])


@router.get(
    "/v1/orders/{orderId}/download-attempts",
    operation_id="listDownloadAttempts",
    summary="Every download attempt of an order, newest first",
    responses=problems(401, 404, 422),
)
async def list_download_attempts(
    order_id: OrderId, who: ReadsDownloads, db: WithDatabase, listing: Listing
) -> Page[DownloadAttemptView]:
    async with db.reading() as session:
        await store.own_chain(session, who.creator_id, order_id)
        query = store.attempts_of_order(order_id, before=listing.before, limit=listing.limit + 1)
        attempts = (await session.execute(query)).scalars().all()
    return listing.page(attempts, DownloadAttemptView.model_validate)


@router.get(
    "/v1/grants",
    operation_id="listGrants",
    summary="Who may download an order",
    responses=problems(401, 404, 422),
)
async def list_grants(
    order_id: Annotated[UUID, Query(alias="orderId")], who: ReadsDownloads, db: WithDatabase
) -> Page[GrantView]:
    async with db.reading() as session:
        await store.own_chain(session, who.creator_id, order_id)
        grants = (await session.execute(store.grants_of_order(order_id))).scalars().all()
    return Page[GrantView](items=[GrantView.model_validate(grant) for grant in grants])


@router.post(
    "/v1/grants/{grantId}/revoke",
    operation_id="revokeGrant",
    summary="Take a download back",
    responses=problems(401, 404, 409, 422),
)
async def revoke_grant(grant_id: GrantId, who: WritesDownloads, tx: InTransaction) -> GrantView:
    return GrantView.model_validate(await govern_grant.revoke_grant(tx, who.creator_id, grant_id))


@router.post(
    "/v1/grants/{grantId}/restore",
    operation_id="restoreGrant",
    summary="Give a download that you took back again",
    responses=problems(401, 404, 409, 422),
)
async def restore_grant(grant_id: GrantId, who: WritesDownloads, tx: InTransaction) -> GrantView:
    """409 `order-closed` when a refund or a dispute ended it."""
    return GrantView.model_validate(await govern_grant.restore_grant(tx, who.creator_id, grant_id))


@router.post(
    "/v1/grants/{grantId}/reset-attempts",
    operation_id="resetAttempts",
    summary="Let the buyer download as often as at first",
    responses=problems(401, 404, 409, 422),
)
async def reset_attempts(grant_id: GrantId, who: WritesDownloads, tx: InTransaction) -> GrantView:
    return GrantView.model_validate(await govern_grant.reset_attempts(tx, who.creator_id, grant_id))
