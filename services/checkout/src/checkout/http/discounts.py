"""A creator's discount codes."""

from typing import Annotated, Self
from uuid import UUID

from chassis import api
from chassis.api import (
    IdempotentRoute,
    IfMatch,
    InTransaction,
    Listing,
    Page,
    RequestModel,
    ResponseModel,
    WithDatabase,
)
from chassis.errors import NotFound
from chassis.mirrors import unheard
from chassis.path_ids import DiscountCodeId
from chassis.problems import problems
from chassis.scopes import ReadsDiscounts, WritesDiscounts
from contracts.event import Instant
from contracts.money import MAX_AMOUNT, Currency
from fastapi import APIRouter, Query, Request, Response
from pydantic import Field, model_validator

from checkout import store
from checkout.errors import PageUnknown
from checkout.models import DiscountCode
from checkout.use_cases.offer_discount import Offer, change_discount, offer_discount, own_discount

router = APIRouter(tags=["discount codes"], route_class=IdempotentRoute)
Cap = Annotated[int, Field(ge=1, le=1_000_000, strict=True)] | None


class NewDiscountCode(RequestModel):
    """`percentOff`, or `amountOffInCents` with its `currency`. Valid in [startsAt, endsAt), from now on if not given.

    `maxUses` counts orders that are being paid or were; `maxUsesPerCustomer` those of one address.
    """

    sales_page_id: UUID
    code: Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{3,40}$", examples=["SPRING-25"])]
    percent_off: Annotated[int, Field(ge=1, le=100, strict=True)] | None = None
    amount_off_in_cents: Annotated[int, Field(ge=1, le=MAX_AMOUNT, strict=True)] | None = None
    currency: Currency | None = None
    starts_at: Instant | None = None
    ends_at: Instant | None = None
    max_uses: Cap = None
    max_uses_per_customer: Cap = None

    @model_validator(mode="after")
    def one_kind(self) -> Self:
        if (self.percent_off is None) is (self.amount_off_in_cents is None):
            raise ValueError("give percentOff or amountOffInCents, one of them")
        if (self.amount_off_in_cents is None) is not (self.currency is None):
            raise ValueError("an amount needs its currency, a percentage has none")
        return self


class DiscountChanges(RequestModel):
    """What is left out stays; null takes the limit away."""

    starts_at: Instant = Field(default=None, validate_default=False)  # type: ignore[assignment]
    ends_at: Instant | None = None
    max_uses: Cap = None
    max_uses_per_customer: Cap = None


class DiscountView(ResponseModel):
    id: UUID
    sales_page_id: UUID
    code: str
    percent_off: int | None
    amount_off_in_cents: int | None
    currency: str | None
    starts_at: Instant
    ends_at: Instant | None
    max_uses: int | None
    max_uses_per_customer: int | None
    uses: int
    created_at: Instant


@router.post(
    "/v1/discount-codes",
    status_code=201,
    operation_id="offerDiscount",
    summary="Offer a discount code on one of your pages",
    responses=problems(401, 404, 409, 422, 503),
)
async def offer(
    new: NewDiscountCode, principal: WritesDiscounts, request: Request, response: Response, tx: InTransaction
) -> DiscountView:
    try:
        code = await offer_discount(tx, principal.creator_id, Offer(**vars(new)))
    except PageUnknown as unknown:
        raise await unheard(request.app.state.redis, str(new.sales_page_id), tx.clock, unknown) from unknown
    return _shown(code, response)


@router.get(
    "/v1/discount-codes",
    operation_id="listDiscounts",
    summary="Your discount codes, newest first",
    responses=problems(401, 422),
)
async def list_codes(
    principal: ReadsDiscounts, db: WithDatabase, listing: Listing, page: Annotated[UUID | None, Query()] = None
) -> Page[DiscountView]:
    async with db.reading() as reading:
        found = await store.discount_codes_of(reading, principal.creator_id, page, listing.before, listing.limit + 1)
    return listing.page(found, DiscountView.model_validate)


@router.get(
    "/v1/discount-codes/{codeId}",
    operation_id="readDiscount",
    summary="One of your discount codes",
    responses=problems(401, 404, 422),
)
async def read_code(
    code_id: DiscountCodeId, principal: ReadsDiscounts, db: WithDatabase, response: Response
) -> DiscountView:
    async with db.reading() as reading:
        code = await reading.get(DiscountCode, code_id)
    if code is None or code.creator_id != principal.creator_id or code.withdrawn_at is not None:
        raise NotFound
    return _shown(code, response)


@router.patch(
    "/v1/discount-codes/{codeId}",
    operation_id="changeDiscount",
    summary="Change a code's window and limits",
    responses=problems(401, 404, 412, 422, 428),
)
async def change_code(
    code_id: DiscountCodeId,
    changes: DiscountChanges,
    principal: WritesDiscounts,
    tx: InTransaction,
    response: Response,
    if_match: IfMatch = None,
) -> DiscountView:
    code = await own_discount(tx, principal.creator_id, code_id)
    api.require_match(if_match, code.version)
    change_discount(code, {name: getattr(changes, name) for name in changes.model_fields_set})
    return _shown(code, response)


@router.delete(
    "/v1/discount-codes/{codeId}",
    status_code=204,
    operation_id="withdrawDiscount",
    summary="Withdraw a discount code; what was bought with it stays",
    responses=problems(401, 404, 422),
)
async def withdraw_code(code_id: DiscountCodeId, principal: WritesDiscounts, tx: InTransaction) -> None:
    (await own_discount(tx, principal.creator_id, code_id)).withdraw(tx.clock.now())


def _shown(code: DiscountCode, response: Response) -> DiscountView:
    response.headers["ETag"] = api.etag(code.version)
    return DiscountView.model_validate(code)
