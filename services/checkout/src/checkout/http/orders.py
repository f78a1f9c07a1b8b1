"""A creator's orders: list, look at, refund, send a new link."""

from typing import Annotated
from uuid import UUID

from chassis import api
from chassis.api import IdempotentRoute, InTransaction, Listing, Page, RequestModel, ResponseModel, WithDatabase
from chassis.errors import NotFound
from chassis.path_ids import OrderId
from chassis.problems import problems
from chassis.scopes import ReadsOrders, WritesOrders
from contracts.checkout import OrderStatus
from contracts.event import Instant
from contracts.money import MAX_AMOUNT
from fastapi import APIRouter, Depends, Query, Request
from pydantic import Field, StrictBool

from checkout import store
from checkout.errors import RefundRefused
from checkout.http.checkouts import made_once
from checkout.models import Order, Refund, RefundStatus
from checkout.store import OrderFilter
from checkout.use_cases.end_review import end_review
from checkout.use_cases.refund_order import RefundWish, carry_out_refund, request_refund
from checkout.use_cases.reissue_link import reissue_link

router = APIRouter(tags=["orders"])
links_router = APIRouter(tags=["orders"], route_class=IdempotentRoute)


class OrderView(ResponseModel):
    """Amounts in the smallest unit of `currency`; `paymentId` is Stripe's payment intent."""

    id: UUID
    sales_page_id: UUID
    product_id: UUID
    customer_id: UUID
    payment_id: str | None
    price_in_cents: int
    discount_in_cents: int
    discount_code_id: UUID | None
    registration_id: UUID | None
    source: str | None
    amount_paid: int
    amount_refunded: int
    currency: str
    status: OrderStatus
    reason: str | None
    needs_review: bool
    access_revoked: bool
    created_at: Instant
    paid_at: Instant | None
    download_attempts: int
    last_download_at: Instant | None


class NewRefund(RequestModel):
    """Without `amount`, all that is left. What is refunded in full ends the access in any case."""

    amount: Annotated[int, Field(ge=1, le=MAX_AMOUNT, strict=True)] | None = None
    revoke_access: StrictBool = True


class RefundView(ResponseModel):
    """`requested` until Stripe has answered; it is asked again until it has."""

    id: UUID
    order_id: UUID
    amount: int
    status: RefundStatus
    revoke_access: bool
    created_at: Instant


class LinkSent(ResponseModel):
    order_id: UUID
    link_generation: int


async def wanted(
    page: Annotated[UUID | None, Query()] = None,
    product: Annotated[UUID | None, Query()] = None,
    status: Annotated[OrderStatus | None, Query()] = None,
    customer: Annotated[UUID | None, Query()] = None,
    since: Annotated[Instant | None, Query(alias="from", description="Placed at or after")] = None,
    until: Annotated[Instant | None, Query(alias="to", description="Placed before")] = None,
    needs_review: Annotated[bool | None, Query(alias="needsReview", description="A person has to look")] = None,
) -> OrderFilter:
    """Dependency: which orders are asked for."""
    return OrderFilter(page, product, status, customer, since, until, needs_review)


Wanted = Annotated[OrderFilter, Depends(wanted)]


@router.get(
    "/v1/orders",
    operation_id="listOrders",
    summary="Your orders, newest first",
    responses=problems(401, 422),
)
async def list_orders(principal: ReadsOrders, db: WithDatabase, listing: Listing, wanted: Wanted) -> Page[OrderView]:
    async with db.reading(replica=True) as reading:
        found = await store.orders_of(reading, principal.creator_id, wanted, listing.before, listing.limit + 1)
    return listing.page(found, OrderView.model_validate)


@router.get(
    "/v1/orders/{orderId:uuid}",
    operation_id="readOrder",
    summary="One of your orders",
    responses=problems(401, 404, 422),
)
async def read_order(order_id: OrderId, principal: ReadsOrders, db: WithDatabase) -> OrderView:
    async with db.reading() as reading:
        order = await reading.get(Order, order_id)
    if order is None or order.creator_id != principal.creator_id:
        raise NotFound
    return OrderView.model_validate(order)


@router.post(
    "/v1/orders/{orderId}/refunds",
    status_code=201,
    operation_id="refundOrder",
    summary="Refund an order, whole or in part",
    description="The same Idempotency-Key never refunds twice, however long ago it was used.",
    responses=problems(401, 404, 409, 422),
)
async def refund_order(
    order_id: OrderId, new: NewRefund, principal: WritesOrders, request: Request, db: WithDatabase
) -> RefundView:
    key = api.idempotency_key(request)
    wish = RefundWish(principal.creator_id, order_id, new.amount, new.revoke_access, key)
    refund_id = await made_once(request, db, lambda tx: request_refund(tx, wish))
    await carry_out_refund(db, request.app.state.payments, refund_id)
    async with db.reading() as reading:
        refund = await reading.get(Refund, refund_id)
    assert refund is not None
    if refund.status is RefundStatus.FAILED:
        raise RefundRefused(code=refund.failure)
    return RefundView.model_validate(refund)


@router.delete(
    "/v1/orders/{orderId:uuid}/review",
    status_code=204,
    operation_id="endReview",
    summary="Say that you have looked at an order: its needsReview ends",
    description="What is still wrong when money is next compared is listed again.",
    responses=problems(401, 404, 409, 422),
)
async def end_order_review(order_id: OrderId, principal: WritesOrders, tx: InTransaction) -> None:
    await end_review(tx, principal.creator_id, order_id)


@links_router.post(
    "/v1/orders/{orderId}/link",
    status_code=202,
    operation_id="reissueLink",
    summary="Mail the buyer a new download link; the old one dies",
    responses=problems(401, 404, 409, 422),
)
async def send_new_link(order_id: OrderId, principal: WritesOrders, tx: InTransaction, request: Request) -> LinkSent:
    order = await reissue_link(tx, request.app.state.links, principal.creator_id, order_id)
    return LinkSent(order_id=order.id, link_generation=order.link_generation)
