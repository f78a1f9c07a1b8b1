"""Products: what a creator has to sell."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from chassis.api import (
    IdempotentRoute,
    InTransaction,
    Listing,
    Page,
    RequestModel,
    ResponseModel,
    WithDatabase,
    etag,
)
from chassis.path_ids import ProductId
from chassis.problems import problems
from chassis.scopes import ReadsProducts, WritesProducts
from chassis.texts import Line, Name, Prose
from contracts.catalog import AddressBinding, Pricing
from contracts.event import Instant
from contracts.money import Amount, Currency
from fastapi import APIRouter, Query, Response
from pydantic import Field

from catalog import store
from catalog.http.needs import EvenThoughLive, IsCurrent
from catalog.models import Product, ProductStatus
from catalog.use_cases.keep_product import change_product, create_product, withdraw_product

router = APIRouter(route_class=IdempotentRoute, tags=["products"])

Description = Annotated[Prose, Field(max_length=10_000, description="In Markdown")]
AttemptsAllowed = Annotated[int, Field(ge=1, le=100, description="Downloads that each order allows")]
AccessDays = Annotated[int, Field(ge=1, le=3650, description="Days after the payment in which they are allowed")]


class NewProduct(RequestModel):
    """`priceInCents` in the currency's smallest unit; 0 is free.

    With `pricing` pay_what_you_want it is the least of what buyers may choose, `suggestedPriceInCents` what they are
    asked for. `addressBinding`: a download link is for the address, or network, that it is first used from.
    """

    name: Name
    description: Description = ""
    price_in_cents: Amount
    currency: Currency
    expires_at: Instant | None = None
    attempts_allowed: AttemptsAllowed = 5
    access_days: AccessDays = 7
    pricing: Pricing = Pricing.FIXED
    suggested_price_in_cents: Amount | None = None
    address_binding: AddressBinding = AddressBinding.NONE


class ProductChanges(RequestModel):
    """What is not named stays; `expiresAt` and `suggestedPriceInCents` alone can be set to null."""

    name: Name = ""
    description: Description = ""
    price_in_cents: Amount = 0
    currency: Currency = ""
    expires_at: Instant | None = None
    attempts_allowed: AttemptsAllowed = 5
    access_days: AccessDays = 7
    pricing: Pricing = Pricing.FIXED
    suggested_price_in_cents: Amount | None = None
    address_binding: AddressBinding = AddressBinding.NONE


class PreviewBody(ResponseModel):
    file_name: str
    storage_key: str
    file_type: str


class FileBody(ResponseModel):
    id: UUID
    product_id: UUID
    file_name: str
    file_type: str
    storage_key: str
    file_size_bytes: int
    uploaded_at: datetime
    sha256: str
    preview: PreviewBody | None


class ProductBody(ResponseModel):
    """A draft until its file is there; `isActive` while it can be sold."""

    id: UUID
    creator_id: UUID
    name: str
    description: str
    price_in_cents: int
    currency: str
    created_at: datetime
    updated_at: datetime
    expires_at: datetime | None
    is_active: bool
    status: ProductStatus
    attempts_allowed: int
    access_days: int
    pricing: Pricing
    suggested_price_in_cents: int | None
    address_binding: AddressBinding
    file: FileBody | None
    version: int


@router.post("/v1/products", status_code=201, summary="Create a product", responses=problems(401, 404, 422))
async def post_product(wanted: NewProduct, who: WritesProducts, tx: InTransaction, answer: Response) -> ProductBody:
    """A draft: it is published when its original is uploaded."""
    product = await create_product(tx, who.creator_id, wanted.model_dump())
    return _shown(product, tx.clock.now(), answer)


@router.get("/v1/products", summary="Your products, newest first", responses=problems(401, 422))
async def get_products(
    who: ReadsProducts,
    db: WithDatabase,
    listing: Listing,
    status: ProductStatus | None = None,
    name: Annotated[Line | None, Query(min_length=1, max_length=200)] = None,
) -> Page[ProductBody]:
    """`name`: those whose name holds this, in upper or lower case."""
    now = db.clock.now()
    async with db.reading() as session:
        found = await store.products(
            session, who.creator_id, now=now, limit=listing.limit + 1, before=listing.before, status=status, name=name
        )
    return listing.page(found, lambda product: body_of(product, now))


@router.get("/v1/products/{productId}", summary="One of your products", responses=problems(401, 404, 422))
async def get_product(product_id: ProductId, who: ReadsProducts, db: WithDatabase, answer: Response) -> ProductBody:
    async with db.reading() as session:
        product = await store.product(session, who.creator_id, product_id)
    return _shown(product, db.clock.now(), answer)


@router.patch("/v1/products/{productId}", summary="Change a product", responses=problems(401, 404, 409, 412, 422, 428))
async def patch_product(
    product_id: ProductId,
    changes: ProductChanges,
    who: WritesProducts,
    tx: InTransaction,
    is_current: IsCurrent,
    answer: Response,
    even_though_live: EvenThoughLive = False,
) -> ProductBody:
    """A new price is asked of orders from now on; what was bought keeps the limits it was bought with.

    409 `product-on-live-pages` for an expiry brought forward to before that of a page which has not closed.
    """
    fields = changes.model_dump(exclude_unset=True)
    product = await change_product(
        tx, who.creator_id, product_id, is_current, fields, even_though_live=even_though_live
    )
    return _shown(product, tx.clock.now(), answer)


@router.delete(
    "/v1/products/{productId}", status_code=204, summary="Withdraw a product", responses=problems(401, 404, 409, 422)
)
async def delete_product(
    product_id: ProductId, who: WritesProducts, tx: InTransaction, even_though_live: EvenThoughLive = False
) -> None:
    """For ever: it is sold no more, and those who bought it keep it. Again is harmless.

    409 `product-on-live-pages` while a page that has not closed sells it.
    """
    await withdraw_product(tx, who.creator_id, product_id, even_though_live=even_though_live)


def _shown(product: Product, now: datetime, answer: Response) -> ProductBody:
    answer.headers["ETag"] = etag(product.version)
    return body_of(product, now)


def body_of(product: Product, now: datetime) -> ProductBody:
    status = product.status(now)
    told = product.public_file
    file = FileBody(product_id=product.id, **told.model_dump()) if told else None
    return ProductBody(
        **product.model_dump(include=_AS_THEY_ARE),
        status=status,
        is_active=status is ProductStatus.PUBLISHED,
        file=file,
    )


_AS_THEY_ARE = set(ProductBody.model_fields) - {"status", "is_active", "file"}
