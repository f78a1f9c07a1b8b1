"""A product's life apart from its file: made, changed, withdrawn, expired."""

from collections.abc import Callable
from datetime import datetime
from typing import Any
from uuid import UUID

from chassis.db import Tx
from chassis.errors import Invalid
from contracts.catalog import Pricing
from contracts.money import price_problem

from catalog import store
from catalog.models import Product
from catalog.use_cases.spare_live_pages import must_not_be_on_sale

BATCH = 200
PRICES = ("price_in_cents", "suggested_price_in_cents", "currency", "pricing")


async def create_product(tx: Tx, creator_id: UUID, fields: dict[str, Any]) -> Product:
    """A draft, which nobody is told of until its file is there."""
    now = tx.clock.now()
    _check_prices(**{name: fields[name] for name in PRICES})
    _check_expiry(fields["expires_at"], now)
    await store.creator(tx.session, creator_id, to_change=True)  # who is being erased makes no more
    product = Product(creator_id=creator_id, created_at=now, updated_at=now, **fields)
    tx.session.add(product)
    await tx.session.flush()
    return product


async def change_product(
    tx: Tx,
    creator_id: UUID,
    product_id: UUID,
    matches: Callable[[int], None],
    changes: dict[str, Any],
    *,
    even_though_live: bool = False,
) -> Product:
    """`matches` raises unless it is given the version that the changes were made to.

    Raises ProductOnLivePages for an expiry that is brought forward to before a page's, unless `even_though_live`.
    """
    product = await store.product(tx.session, creator_id, product_id, to_change=True)
    matches(product.version)
    product.must_not_be_withdrawn()
    _check_prices(**{name: changes.get(name, getattr(product, name)) for name in PRICES})
    if "expires_at" in changes:
        _check_expiry(changes["expires_at"], tx.clock.now())
        if not even_though_live and (sooner := product.sooner(changes["expires_at"])) is not None:
            await must_not_be_on_sale(tx, creator_id, product_id, after=sooner)
    if changes:
        tx.publish(product.change(changes, tx.clock.now()))
    return product


async def withdraw_product(tx: Tx, creator_id: UUID, product_id: UUID, *, even_though_live: bool = False) -> None:
    """For ever: those who bought keep what they bought. Again is harmless. Raises ProductOnLivePages."""
    product = await store.product(tx.session, creator_id, product_id, to_change=True)
    if product.withdrawn_at is None and not even_though_live:
        await must_not_be_on_sale(tx, creator_id, product_id)
    if (told := product.withdraw(tx.clock.now())) is not None:
        tx.publish(told)


async def expire_products(tx: Tx) -> datetime | None:
    """Tell of those whose instant has come; when the next one's does."""
    now = tx.clock.now()
    due = await store.products_past_expiry(tx.session, now, BATCH)
    tx.publish(*(product.tell_expiry(now) for product in due))
    await tx.session.flush()
    return now if len(due) == BATCH else await store.next_expiry(tx.session)


def _check_prices(price_in_cents: int, suggested_price_in_cents: int | None, currency: str, pricing: Pricing) -> None:
    if (problem := price_problem(price_in_cents, currency)) is not None:
        raise Invalid("#/priceInCents", problem)
    if suggested_price_in_cents is None:
        return
    suggested = "#/suggestedPriceInCents"
    if pricing is Pricing.FIXED:
        raise Invalid(suggested, "A price is suggested where buyers pay what they want.")
    if suggested_price_in_cents < price_in_cents:
        raise Invalid(suggested, "It is below the least that is taken, priceInCents.")
    if (problem := price_problem(suggested_price_in_cents, currency)) is not None:
        raise Invalid(suggested, problem)


def _check_expiry(expires_at: datetime | None, now: datetime) -> None:
    if expires_at is not None and expires_at <= now:
        raise Invalid("#/expiresAt", "This instant has passed already.")
