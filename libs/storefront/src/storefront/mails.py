"""The facts each ready mail is filled with. `Storefront.write(mail)` renders them.

Addresses are absolute: mails are read elsewhere. Instants are written in `time_zone`, named.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar, Literal


@dataclass(frozen=True, kw_only=True)
class MailView:
    """A mail. `accent` is the creator's colour (`#rrggbb`), None the house's."""

    template: ClassVar[str]

    accent: str | None = None
    time_zone: str = "UTC"


@dataclass(frozen=True, kw_only=True)
class OrderLink(MailView):
    """To the buyer: receipt and download link; `reissued` when a new link replaces an old one."""

    template: ClassVar[str] = "storefront/mail/order_link"

    order_id: str
    product_name: str
    creator_name: str
    download_url: str
    access_ends_at: datetime
    attempts_allowed: int
    amount_paid: int
    currency: str
    paid_at: datetime
    file_name: str | None = None
    file_size_bytes: int | None = None
    reissued: bool = False


@dataclass(frozen=True, kw_only=True)
class OrderRefunded(MailView):
    """To the buyer: money went back."""

    template: ClassVar[str] = "storefront/mail/order_refunded"

    order_id: str
    product_name: str
    creator_name: str
    amount_refunded: int
    currency: str
    refunded_at: datetime
    access_revoked: bool


@dataclass(frozen=True, kw_only=True)
class DownloadUnused(MailView):
    """To the buyer: nobody has downloaded yet, and the link ends soon."""

    template: ClassVar[str] = "storefront/mail/download_unused"

    order_id: str
    product_name: str
    creator_name: str
    download_url: str
    access_ends_at: datetime


@dataclass(frozen=True)
class FoundOrder:
    """One order of a look-up."""

    product_name: str
    creator_name: str
    download_url: str
    paid_at: datetime


@dataclass(frozen=True, kw_only=True)
class OrdersFound(MailView):
    """To the buyer, who asked: the links of what they bought. `erase_urls`: (creator, where to be forgotten)."""

    template: ClassVar[str] = "storefront/mail/orders_found"

    orders: tuple[FoundOrder, ...]
    erase_urls: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, kw_only=True)
class ConfirmRegistrationMail(MailView):
    """To who registered: is it you? `delete_url` undoes it."""

    template: ClassVar[str] = "storefront/mail/confirm_registration"

    page_title: str
    creator_name: str
    confirm_url: str
    delete_url: str
    launch_at: datetime | None = None
    name: str | None = None


@dataclass(frozen=True, kw_only=True)
class PageIsLive(MailView):
    """To who confirmed: the page they waited for has opened."""

    template: ClassVar[str] = "storefront/mail/page_is_live"

    page_title: str
    creator_name: str
    page_url: str
    expires_at: datetime
    delete_url: str
    name: str | None = None


@dataclass(frozen=True, kw_only=True)
class EarlyAccess(MailView):
    """To who confirmed and is let in before the launch; the page's address bears their pass."""

    template: ClassVar[str] = "storefront/mail/early_access"

    page_title: str
    creator_name: str
    page_url: str
    launch_at: datetime
    delete_url: str
    name: str | None = None


@dataclass(frozen=True, kw_only=True)
class WaitingListOffer(MailView):
    """To the next who waits: a unit is kept for them until `offered_until`; the page's address bears their pass."""

    template: ClassVar[str] = "storefront/mail/waiting_list_offer"

    page_title: str
    creator_name: str
    page_url: str
    offered_until: datetime
    delete_url: str
    name: str | None = None


@dataclass(frozen=True, kw_only=True)
class WelcomeCreator(MailView):
    """To a new creator; with `verify_url` it asks to confirm the address."""

    template: ClassVar[str] = "storefront/mail/welcome_creator"

    name: str
    console_url: str
    verify_url: str | None = None


@dataclass(frozen=True, kw_only=True)
class AccountLink(MailView):
    """To a creator: a link that acts on their account, once, until `link_ends_at`."""

    name: str
    link_url: str
    link_ends_at: datetime


@dataclass(frozen=True, kw_only=True)
class VerifyEmail(AccountLink):
    """Is this address yours?"""

    template: ClassVar[str] = "storefront/mail/verify_email"


@dataclass(frozen=True, kw_only=True)
class ResetPassword(AccountLink):
    """To who forgot their password, or says so."""

    template: ClassVar[str] = "storefront/mail/reset_password"


@dataclass(frozen=True, kw_only=True)
class ChangeEmail(AccountLink):
    """To the new address of an account."""

    template: ClassVar[str] = "storefront/mail/change_email"


@dataclass(frozen=True, kw_only=True)
class AccountChanged(MailView):
    """To a creator, at the address they had until then: how they sign in has changed."""

    template: ClassVar[str] = "storefront/mail/account_changed"

    name: str
    changed: Literal["address", "password"]


@dataclass(frozen=True, kw_only=True)
class Notice(MailView):
    """To a creator, about their sales; `unsubscribe_url` leads to a page that turns such mails off."""

    name: str
    console_url: str
    unsubscribe_url: str


@dataclass(frozen=True, kw_only=True)
class SaleNotice(Notice):
    """About one order. `amount_paid` in the smallest unit; 0 was free."""

    product_name: str
    amount_paid: int
    currency: str


@dataclass(frozen=True, kw_only=True)
class SaleMade(SaleNotice):
    """Somebody bought."""

    template: ClassVar[str] = "storefront/mail/sale_made"

    paid_at: datetime | None


@dataclass(frozen=True, kw_only=True)
class DisputeOpened(SaleNotice):
    """The buyer's bank wants the money back."""

    template: ClassVar[str] = "storefront/mail/dispute_opened"


@dataclass(frozen=True, kw_only=True)
class DisputeClosed(SaleNotice):
    """The bank decided."""

    template: ClassVar[str] = "storefront/mail/dispute_closed"

    won: bool


@dataclass(frozen=True, kw_only=True)
class PageNotice(Notice):
    """About one page."""

    page_title: str
    page_url: str
    expires_at: datetime


@dataclass(frozen=True, kw_only=True)
class PageExpiring(PageNotice):
    """A day is left."""

    template: ClassVar[str] = "storefront/mail/page_expiring"


@dataclass(frozen=True)
class PageResult:
    """What a page brought in, in one currency, without what was paid back."""

    orders: int
    amount: int
    currency: str


@dataclass(frozen=True, kw_only=True)
class PageExpired(PageNotice):
    """It closed; `results` by currency, none where nothing was sold."""

    template: ClassVar[str] = "storefront/mail/page_expired"

    results: tuple[PageResult, ...]
