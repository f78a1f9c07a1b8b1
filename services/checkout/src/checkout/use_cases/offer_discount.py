"""A creator's discount codes: offered on a page, changed, withdrawn."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from chassis.clock import new_id
from chassis.db import Tx
from chassis.errors import Invalid, NotFound
from sqlmodel import col, select

from checkout import store
from checkout.errors import DiscountCodeTaken, PageUnknown
from checkout.models import DiscountCode, MirroredPage


@dataclass(frozen=True)
class Offer:
    """What a creator wants to offer; one of `percent_off` and `amount_off_in_cents`."""

    sales_page_id: UUID
    code: str
    percent_off: int | None
    amount_off_in_cents: int | None
    currency: str | None
    starts_at: datetime | None
    ends_at: datetime | None
    max_uses: int | None
    max_uses_per_customer: int | None


async def offer_discount(tx: Tx, creator_id: UUID, offer: Offer) -> DiscountCode:
    """The new code. Raises PageUnknown, NotFound, Invalid or DiscountCodeTaken."""
    page = await tx.session.get(MirroredPage, offer.sales_page_id, with_for_update={"key_share": True})
    if page is None:
        raise PageUnknown
    if page.creator_id != creator_id:
        raise NotFound
    now = tx.clock.now()
    name = offer.code.upper()
    if await store.discount_code_to_change(tx, page.id, name) is not None:
        raise DiscountCodeTaken
    given = {**vars(offer), "code": name, "starts_at": offer.starts_at or now}
    code = DiscountCode(id=new_id(), creator_id=creator_id, created_at=now, **given)
    _check_window(code)
    tx.session.add(code)
    return code


async def own_discount(tx: Tx, creator_id: UUID, code_id: UUID) -> DiscountCode:
    """The creator's code, locked until the transaction ends; raises NotFound."""
    query = select(DiscountCode).where(
        DiscountCode.id == code_id, DiscountCode.creator_id == creator_id, col(DiscountCode.withdrawn_at).is_(None)
    )
    code = (await tx.session.exec(query.with_for_update())).first()
    if code is None:
        raise NotFound
    return code


def change_discount(code: DiscountCode, changes: dict[str, Any]) -> None:
    """Window and caps; a cap below what is used already lets nobody more use it. Raises Invalid."""
    for name, value in changes.items():
        setattr(code, name, value)
    code.version += 1
    _check_window(code)


def _check_window(code: DiscountCode) -> None:
    if code.ends_at is not None and code.ends_at <= code.starts_at:
        raise Invalid("#/endsAt", "It must end after it starts.")
