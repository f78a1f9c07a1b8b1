"""After paying: the thanks page, and the status that it shows to who bears the order's proof."""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated
from uuid import UUID

from chassis.api import ResponseModel, WithDatabase
from chassis.errors import NotFound
from chassis.path_ids import OrderId
from chassis.problems import problems
from contracts.checkout import OrderStatus
from contracts.event import Instant
from fastapi import APIRouter, Header, Query, Request
from fastapi.responses import HTMLResponse
from storefront import Storefront, locale_for, views
from storefront.rich_text import markdown

from checkout import store
from checkout.links import BuyerLinks
from checkout.models import CustomerContact, Order

router = APIRouter(tags=["thanks"])


class StatusOfOrder(ResponseModel):
    """What the buyer is shown. `saleEndsAt` is the page's clock, `accessEndsAt` the download's.

    `downloadUrl` is a path of this origin, the token behind `#`; null while the order gives no access.
    `downloadReady`: delivery knows of it, so that it can be asked for.
    `linkMailed`: whether it goes to an address as well; nobody is made to give one for what is free.
    `thanksHtml`: what the creator tells who has bought, safe to be shown as it is.
    """

    order_id: UUID
    status: OrderStatus
    reason: str | None = None
    product_name: str
    creator_name: str
    amount_paid: int
    amount_refunded: int
    currency: str
    download_url: str | None = None
    download_ready: bool = False
    access_ends_at: Instant | None = None
    link_mailed: bool
    thanks_html: str | None = None
    page_url: str
    accent: str | None
    sale_ends_at: Instant
    server_now: Instant


@dataclass(frozen=True)
class Access:
    """The way to an order's download: None while there is none; `ready` once delivery knows of it."""

    path: str | None
    ready: bool
    mailed: bool


@router.get("/o", operation_id="showThanks", summary="The thanks page", response_class=HTMLResponse)
async def show_thanks(
    request: Request,
    order: Annotated[str, Query(description="The order; its proof stands behind #")] = "",
    accept_language: Annotated[str | None, Header()] = None,
) -> HTMLResponse:
    """Also at an address that was cut off on its way: the page says so."""
    shop: Storefront = request.app.state.shop
    page = views.Thanks(
        status_url=f"/api/checkout/v1/orders/{_order_meant(order)}/status",
        download_status_url="/api/delivery/v1/downloads/status",
        downloads_url="/api/delivery/v1/downloads",
    )
    html = shop.show(page, locale=locale_for(accept_language))
    return HTMLResponse(html, headers=shop.security_headers(private=True))


def _order_meant(order: str) -> UUID:
    """The nil UUID, which no order has, for what is none."""
    try:
        return UUID(order)
    except ValueError:
        return UUID(int=0)


@router.get(
    "/v1/orders/{orderId}/status",
    operation_id="readOrderStatus",
    summary="How an order stands, for its buyer",
    description="The proof of the thanks page's address, in X-Order-Proof or as bearer.",
    responses=problems(404, 422),
)
async def read_status(
    order_id: OrderId,
    request: Request,
    db: WithDatabase,
    x_order_proof: Annotated[str | None, Header()] = None,
    authorization: Annotated[str | None, Header(include_in_schema=False)] = None,
) -> StatusOfOrder:
    links: BuyerLinks = request.app.state.links
    proof = x_order_proof or (authorization or "").removeprefix("Bearer ")
    if not links.proves(proof, order_id):
        raise NotFound
    async with db.reading() as reading:
        order = await reading.get(Order, order_id)
        if order is None:
            raise NotFound
        sold = await store.sold(reading, order)
        access = Access(
            path=links.download_path(order) if order.gives_access else None,
            ready=order.gives_access and await store.is_granted(reading, order_id),
            mailed=await reading.get(CustomerContact, order.customer_id) is not None,
        )
    return _status(order, sold, access, links.page_url(sold.page.short_id), db.clock.now())


def _status(order: Order, sold: store.Sold, access: Access, page_url: str, now: datetime) -> StatusOfOrder:
    thanks = sold.page.thanks if access.path else None
    until = order.access_until(sold.product.access_days) if access.path else None
    return StatusOfOrder(
        order_id=order.id,
        status=order.status,
        reason=order.reason,
        product_name=sold.product.name,
        creator_name=sold.creator.name,
        amount_paid=order.amount_paid,
        amount_refunded=order.amount_refunded,
        currency=order.currency,
        download_url=access.path,
        download_ready=access.ready,
        access_ends_at=until,
        link_mailed=access.mailed,
        thanks_html=markdown(thanks) if thanks else None,
        page_url=page_url,
        accent=sold.page.accent,
        sale_ends_at=sold.page.closes_at,
        server_now=now,
    )
