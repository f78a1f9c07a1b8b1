"""What anybody may know of a page, and what state it is in at an instant. The clock is compared at every reading."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from pages.models import MirroredProduct, SalesPage


class VisibleState(StrEnum):
    PRE_LAUNCH = "pre_launch"
    LIVE = "live"
    SOLD_OUT = "sold_out"
    EXPIRED = "expired"


@dataclass(frozen=True)
class Bearer:
    """Who comes with a pass for this page: to them it is open in [opens_at, until) before its launch too, and, where
    a unit is held for them, when all others are sold. A pass that opens nothing has opens_at = until.
    """

    token: str
    opens_at: datetime
    until: datetime
    has_unit: bool = False

    def is_let_in(self, now: datetime) -> bool:
        return self.opens_at <= now < self.until


@dataclass(frozen=True)
class PublicPage:
    """A published page with what it sells, by whom, and what is left. True until the next change is told."""

    page: SalesPage
    products: Sequence[MirroredProduct]
    creator_name: str
    remaining: int | None
    successor: str | None = None
    """The short id of the page that follows, if anybody may see it."""
    bearer: Bearer | None = None
    """None for what everybody sees, and what is kept for all."""

    def seen_by(self, bearer: Bearer | None) -> "PublicPage":
        return self if bearer is None else replace(self, bearer=bearer)

    @property
    def launch_at(self) -> datetime:
        assert self.page.launch_at is not None, "a published page has a launch"
        return self.page.launch_at

    @property
    def closes_at(self) -> datetime:
        """The page's expiry, or the moment nothing of it is for sale any more, if sooner."""
        return min(self.page.expires_at, max(self._end_of(product) for product in self.products))

    def _end_of(self, product: MirroredProduct) -> datetime:
        """Its expiry, or when it was taken off sale, if sooner."""
        expires_at = product.expires_at or self.page.expires_at
        return expires_at if product.is_active else min(expires_at, product.updated_at or self.page.updated_at)

    def state(self, now: datetime) -> VisibleState:
        if now >= self.closes_at:
            return VisibleState.EXPIRED
        let_in = self.bearer is not None and self.bearer.is_let_in(now)
        if now < self.launch_at and not let_in:
            return VisibleState.PRE_LAUNCH
        has_unit = let_in and self.bearer is not None and self.bearer.has_unit
        return VisibleState.SOLD_OUT if self.remaining == 0 and not has_unit else VisibleState.LIVE

    def next_instant(self, now: datetime) -> datetime | None:
        """When the clock alone changes what is shown next: the state, or what is for sale."""
        ends = [product.expires_at for product in self.products if product.expires_at is not None]
        if self.bearer is not None:
            ends += [self.bearer.opens_at, self.bearer.until]
        return min((instant for instant in (self.launch_at, self.closes_at, *ends) if instant > now), default=None)

    def for_sale(self, now: datetime) -> list[MirroredProduct]:
        return [product for product in self.products if product.is_for_sale(now)]

    @property
    def cover(self) -> MirroredProduct | None:
        """The product whose preview is the page's cover: the chosen one, else the first that has one."""
        chosen = (self.page.customization.get("cover") or {}).get("productId")
        shown = [product for product in self.products if (product.preview_file_type or "").startswith("image/")]
        return next((product for product in shown if chosen in (None, str(product.id))), None)

    @property
    def leads_to(self) -> str | None:
        """Where an expired page's address leads: a path of this site, or an address outside."""
        mode = self.page.after_expiry.get("mode")
        if mode == "redirect":
            return str(self.page.after_expiry["redirectUrl"])
        return f"/p/{self.successor}" if mode == "successor" and self.successor else None

    @property
    def title(self) -> str:
        return str(self.page.customization.get("title") or self.products[0].name)
