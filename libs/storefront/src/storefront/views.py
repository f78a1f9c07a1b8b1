"""The facts each ready page is filled with. `Storefront.show(page)` renders them.

Amounts are in the currency's smallest unit, instants are aware, texts are Markdown only where it says so.
Addresses a script fetches are paths of the page's own origin (`/api/pages/v1/…`): the security policy allows no other.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import ClassVar, Protocol

ENDING_SOON = timedelta(hours=1)
"""How long before its expiry a page says that it is about to close."""


class SaleState(StrEnum):
    """What a visitor finds, as the public page document names it."""

    PRE_LAUNCH = "pre_launch"
    LIVE = "live"
    SOLD_OUT = "sold_out"
    EXPIRED = "expired"


class Question(Protocol):
    """A field of a registration form; `contracts.pages.FormField` is one."""

    @property
    def name(self) -> str: ...
    @property
    def label(self) -> str: ...
    @property
    def type(self) -> str:
        """text, number, date, checkbox, select or consent."""

    @property
    def required(self) -> bool: ...
    @property
    def options(self) -> Sequence[str]: ...


@dataclass(frozen=True, kw_only=True)
class Link:
    url: str
    label: str


@dataclass(frozen=True, kw_only=True)
class Picture:
    """A cover. Its size keeps its place free while it loads; its origin must be among the policy's image sources."""

    url: str
    alt: str
    width: int
    height: int


@dataclass(frozen=True, kw_only=True)
class Theme:
    """How a page looks besides its accent; the stylesheet knows each of these words."""

    typeface: str = "sans"
    """sans, serif or mono."""
    corners: str = "round"
    """round or square."""
    scheme: str = "auto"
    """auto (the viewer's own), light or dark."""


@dataclass(frozen=True, kw_only=True)
class Block:
    """A part of a page's story, under a heading of its own."""

    heading: str
    markdown: str


@dataclass(frozen=True, kw_only=True)
class Extensions:
    """How often a page's expiry was put off, of how often it may be, and until when it first was to be open."""

    count: int
    limit: int | None
    first_expiry: datetime | None


@dataclass(frozen=True, kw_only=True)
class Guest:
    """A visitor who brought a pass; `let_in_until` where the page is open to them and not to everybody."""

    pass_token: str
    let_in_until: datetime | None


@dataclass(frozen=True, kw_only=True)
class FileFacts:
    """A file as a card shows it."""

    name: str
    size_bytes: int


@dataclass(frozen=True, kw_only=True)
class Offer:
    """A product on a page; `former_price` is struck through, `summary` is one plain line.

    With `pay_what_you_want` the price is the least that is paid, and `suggested` what the buyer is asked for.
    """

    product_id: str
    name: str
    price: int
    currency: str
    former_price: int | None = None
    pay_what_you_want: bool = False
    suggested: int | None = None
    summary: str = ""
    file: FileFacts | None = None


@dataclass(frozen=True, kw_only=True)
class RegistrationForm:
    """Who wants to be told. `action` takes JSON from the script and the same as a form without it.

    `values` and `errors` are keyed by the form's names: `email`, `name`, `customFields.<name>`.
    """

    action: str
    questions: Sequence[Question] = ()
    source: str | None = None
    """What brought the visitor here: sent with the answers."""
    values: Mapping[str, str] = field(default_factory=dict)
    errors: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class View:
    """A page. `accent` is the creator's colour (`#rrggbb`), None the house's."""

    template: ClassVar[str]

    accent: str | None = None


@dataclass(frozen=True, kw_only=True)
class SalesPage(View):
    """`/p/{shortId}` in each of its states; send it with 410 when it has expired.

    `status_url`: the public page document, whose `serverNow` must be fresh on every answer.
    `events_url`: server-sent events with `{state, remaining, expiresAt, serverNow}`.
    `changes_at`: when the clock next changes what the service has to offer, such as the end of one of its products.
    """

    template: ClassVar[str] = "storefront/sales_page.html"

    short_id: str
    state: SaleState
    now: datetime
    launch_at: datetime
    expires_at: datetime
    title: str
    creator_name: str
    page_url: str
    buy_url: str
    status_url: str
    events_url: str
    changes_at: datetime | None = None
    source: str | None = None
    """What brought the visitor here: sent with what they buy."""
    time_zone: str = "UTC"
    """IANA; what instants are written in before the script puts them in the viewer's own."""
    language: str = "en"
    """Of what the creator wrote (BCP 47)."""
    description: str = ""
    """Markdown."""
    refund_policy: str = ""
    """Markdown."""
    blocks: Sequence[Block] = ()
    theme: Theme = Theme()
    call_to_action: str | None = None
    """What the button says, in the creator's words."""
    extensions: Extensions | None = None
    """None while the page was never extended, and nothing was promised."""
    cover: Picture | None = None
    offers: Sequence[Offer] = ()
    remaining: int | None = None
    """Units left of a capped page."""
    registration: RegistrationForm | None = None
    """Shown before launch, as waiting list when sold out, and after expiry to be told of the next."""
    farewell: str = ""
    """Markdown: what an expired page says."""
    successor: Link | None = None
    contact: Link | None = None
    qr_url: str | None = None
    card_url: str | None = None
    """The Open Graph picture, absolute."""
    guest: Guest | None = None
    oembed_url: str | None = None
    """Where a site that is given the page's address learns how to show it."""

    @property
    def ending_soon(self) -> bool:
        return self.state is SaleState.LIVE and self.now >= self.expires_at - ENDING_SOON

    @property
    def next_change(self) -> datetime | None:
        """The instant at which the page shows something else; the script fetches it anew then."""
        if self.state is SaleState.EXPIRED:
            return None
        let_in_until = self.guest.let_in_until if self.guest else None
        instants = (self._next_for_all, let_in_until, self.changes_at)
        return min(instant for instant in instants if instant is not None)

    @property
    def _next_for_all(self) -> datetime:
        if self.state is SaleState.PRE_LAUNCH:
            return self.launch_at
        ends_soon = self.state is SaleState.LIVE and not self.ending_soon
        return self.expires_at - ENDING_SOON if ends_soon else self.expires_at

    @property
    def is_early(self) -> bool:
        """Open to this visitor before its launch."""
        return self.state is SaleState.LIVE and self.now < self.launch_at

    @property
    def is_held(self) -> bool:
        """Sold out, but for the unit that is held for this visitor."""
        let_in = self.guest is not None and self.guest.let_in_until is not None
        return let_in and self.state is SaleState.LIVE and self.remaining == 0


@dataclass(frozen=True, kw_only=True)
class EmbeddedSalesPage(SalesPage):
    """`/p/{shortId}/embed`: the facts in a frame of another site, and the way to the page itself."""

    template: ClassVar[str] = "storefront/embed.html"


@dataclass(frozen=True, kw_only=True)
class PurchasePage(View):
    """The buy form alone, with what was wrong: the answer to who typed what cannot be taken.

    `values` and `errors` are keyed by the form's names: `amount`, `email`, `code`.
    """

    template: ClassVar[str] = "storefront/purchase.html"

    short_id: str
    page_url: str
    buy_url: str
    offer: Offer
    pass_token: str = ""
    source: str | None = None
    values: Mapping[str, str] = field(default_factory=dict)
    errors: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class CheckMail(View):
    """After a registration without the script: the same for a known address and a new one."""

    template: ClassVar[str] = "storefront/check_mail.html"

    page_title: str
    page_url: str


@dataclass(frozen=True, kw_only=True)
class RegistrationPage(View):
    """The form alone, with what was wrong: the answer (422) to a registration without the script."""

    template: ClassVar[str] = "storefront/registration.html"

    page_title: str
    page_url: str
    form: RegistrationForm


@dataclass(frozen=True, kw_only=True)
class Thanks(View):
    """`/o?order=…#<proof>`: a shell without facts; they come from `status_url` to who bears the proof."""

    template: ClassVar[str] = "storefront/thanks.html"

    status_url: str
    """GET with `Authorization: Bearer <proof>`."""
    download_status_url: str
    downloads_url: str


@dataclass(frozen=True, kw_only=True)
class Download(View):
    """`/d#<token>`: a shell without facts; they come from `status_url` to who bears the token."""

    template: ClassVar[str] = "storefront/download.html"

    status_url: str
    """POST {token}."""
    downloads_url: str
    """POST {token}."""
    contact: Link | None = None
    """Where a refused buyer turns; without it the page points to the mail, which can be answered."""


@dataclass(frozen=True, kw_only=True)
class ConfirmRegistration(View):
    """`/r/confirm#<token>`: asks first, acts on POST `action_url` {token}."""

    template: ClassVar[str] = "storefront/confirm_registration.html"

    action_url: str


@dataclass(frozen=True, kw_only=True)
class DeleteRegistration(View):
    """`/r/delete#<token>`: asks first, acts on POST `action_url` {token}."""

    template: ClassVar[str] = "storefront/delete_registration.html"

    action_url: str


@dataclass(frozen=True, kw_only=True)
class EraseCustomer(View):
    """`/o/erase?customer=…#<token>`: asks first, acts on POST `action_url` {token}."""

    template: ClassVar[str] = "storefront/erase_customer.html"

    action_url: str


@dataclass(frozen=True, kw_only=True)
class Problem(View):
    """Any problem document, for eyes: `title` and `detail` are plain text, `next_step` what to do now."""

    template: ClassVar[str] = "storefront/problem.html"

    title: str
    detail: str = ""
    status: int
    next_step: Link | None = None
    request_id: str | None = None


@dataclass(frozen=True, kw_only=True)
class PageNotFound(View):
    """404: the same for a page that is missing, a draft, or another's."""

    template: ClassVar[str] = "storefront/page_not_found.html"


@dataclass(frozen=True, kw_only=True)
class Index(View):
    """`/`."""

    template: ClassVar[str] = "storefront/index.html"

    console_url: str | None = None
    api_documents: Sequence[Link] = ()
