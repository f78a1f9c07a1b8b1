"""What goes over the wire."""

from datetime import datetime
from typing import Annotated, Any, Self, TypeVar
from uuid import UUID
from zoneinfo import available_timezones

from chassis.api import RequestModel, ResponseModel
from contracts.catalog import Pricing
from contracts.event import as_written
from contracts.pages import LatePayment, PageStatus
from pydantic import AfterValidator, BeforeValidator, Field, StrictBool, TypeAdapter, field_validator
from pydantic.alias_generators import to_camel

from pages.embed_code import embed_code
from pages.http.contents import Customization, Form, NewAfterExpiry
from pages.local_time import exact
from pages.models import SalesPage
from pages.views import PublicPage, VisibleState

EARLIEST, LATEST = 2000, 9998
"""Years: beyond them an instant may have none in UTC."""
ZONES = available_timezones() - {"localtime", "Factory"}
"""Read once: it opens hundreds of files. Without what names no place, which browsers do not know."""
V = TypeVar("V")


def _known_zone(name: str) -> str:
    if name not in ZONES:
        raise ValueError("not a time zone of the IANA database, such as Europe/Berlin")
    return name


def _of_our_time(moment: datetime) -> datetime:
    if not EARLIEST <= moment.year <= LATEST:
        raise ValueError(f"not in the years {EARLIEST} to {LATEST}")
    return moment


def _distinct(ids: list[UUID]) -> list[UUID]:
    if len(set(ids)) != len(ids):
        raise ValueError("a product stands here twice")
    return ids


Moment = Annotated[
    datetime,
    BeforeValidator(as_written),
    AfterValidator(_of_our_time),
    Field(description="An instant with its offset, or without one a local time in the page's timeZone."),
]
TimeZone = Annotated[str, AfterValidator(_known_zone), Field(examples=["Europe/Berlin"])]
ProductIds = Annotated[list[UUID], Field(min_length=1, max_length=20), AfterValidator(_distinct)]
Quantity = Annotated[int, Field(ge=1, le=1_000_000, strict=True)]
EarlyAccess = Annotated[int, Field(ge=0, le=7 * 24 * 60, strict=True)]
ExtensionLimit = Annotated[int, Field(ge=0, le=100, strict=True)]
SuccessorShortId = Annotated[str, Field(pattern=r"^[0-9A-Za-z]{10,32}$")]


AS_JSON = {"customization", "registration_form", "after_expiry"}


INSTANTS = ("launch_at", "expires_at")


def _columns(sent: RequestModel, names: set[str], zone: str) -> dict[str, Any]:
    """By the columns' names: instants in UTC, what is stored as JSON as it goes over the wire."""
    dumped = sent.model_dump(mode="json", by_alias=True, exclude_none=True)
    columns = {name: dumped[to_camel(name)] if name in AS_JSON else getattr(sent, name) for name in names}
    for name in INSTANTS:
        if columns.get(name) is not None:
            columns[name] = exact(columns[name], zone, f"#/{to_camel(name)}")
    return columns


class NewPage(RequestModel):
    """A page sells in [launchAt, expiresAt), from its publication on where no launch is given."""

    product_ids: ProductIds
    launch_at: Moment | None = None
    expires_at: Moment
    time_zone: TimeZone
    quantity_limit: Quantity | None = None
    customization: Customization = Field(default_factory=Customization)
    registration_form: Form = Field(default_factory=list)
    after_expiry: NewAfterExpiry = NewAfterExpiry()
    late_payment: LatePayment = LatePayment.HARD
    early_access_minutes: EarlyAccess = 0
    waiting_list: StrictBool = False
    extension_limit: ExtensionLimit | None = None

    def columns(self) -> dict[str, Any]:
        """Raises Invalid for a local time that its zone skips or shows twice."""
        return _columns(self, set(type(self).model_fields), self.time_zone)


class PageChanges(RequestModel):
    """What is left out stays as it is; what may be missing from a page may be taken away with null."""

    product_ids: ProductIds | None = None
    launch_at: Moment | None = None
    expires_at: Moment | None = None
    time_zone: TimeZone | None = None
    quantity_limit: Quantity | None = None
    customization: Customization | None = None
    registration_form: Form | None = None
    after_expiry: NewAfterExpiry | None = None
    successor_short_id: SuccessorShortId | None = None
    late_payment: LatePayment | None = None
    early_access_minutes: EarlyAccess | None = None
    waiting_list: StrictBool | None = None
    extension_limit: ExtensionLimit | None = None

    @field_validator(
        "product_ids",
        "expires_at",
        "time_zone",
        "customization",
        "registration_form",
        "after_expiry",
        "late_payment",
        "early_access_minutes",
        "waiting_list",
    )
    @classmethod
    def _must_not_be_taken_away(cls, value: V | None) -> V:
        if value is None:
            raise ValueError("cannot be null")
        return value

    def columns(self, zone: str) -> dict[str, Any]:
        """`zone` is the page's, unless the change names another. Raises Invalid as a new page does."""
        return _columns(self, self.model_fields_set, self.time_zone or zone)


class Extension(RequestModel):
    expires_at: Moment

    def until(self, zone: str) -> datetime:
        return exact(self.expires_at, zone, "#/expiresAt")


class Relaunch(RequestModel):
    """When the next edition sells. Without `launchAt` it launches at its publication; without `expiresAt` it expires as
    long after its launch, or after now where that is not said, as the page before it was first meant to sell.
    """

    launch_at: Moment | None = None
    expires_at: Moment | None = None

    def columns(self, zone: str) -> dict[str, Any]:
        return _columns(self, set(INSTANTS), zone)


class PageView(ResponseModel):
    """A page as its creator sees it; `url` and `embedCode` (a frame for other sites) once it is published."""

    id: UUID
    version: int
    short_id: str
    url: str
    embed_code: str
    creator_id: UUID
    product_id: UUID
    product_ids: list[UUID]
    status: PageStatus
    created_at: datetime
    updated_at: datetime
    launch_at: datetime | None
    expires_at: datetime
    time_zone: str
    is_pre_launch: bool
    quantity_limit: int | None
    customization: dict[str, Any]
    registration_form: list[dict[str, Any]]
    after_expiry: dict[str, Any]
    successor_short_id: str | None
    late_payment: LatePayment
    early_access_minutes: int
    waiting_list: bool
    edition: int
    extensions: int
    extension_limit: int | None
    former_expiries: list[datetime]

    @classmethod
    def of(cls, page: SalesPage, public_url: str, now: datetime) -> Self:
        url = f"{public_url}/p/{page.short_id}"
        return cls(
            **page.model_dump(include=set(cls.model_fields)),
            product_id=page.product_id,
            url=url,
            embed_code=embed_code(url, page.customization.get("title") or "Temporary Pages"),
            is_pre_launch=page.launch_at is not None and now < page.launch_at,
        )


class PublicFile(ResponseModel):
    file_name: str
    file_type: str
    file_size_bytes: int


class PublicProduct(ResponseModel):
    id: UUID
    name: str
    description: str
    price_in_cents: int
    currency: str
    pricing: Pricing
    suggested_price_in_cents: int | None
    file: PublicFile | None


FOR_BUYERS = {"thanks"}
"""What of a page's customization checkout shows, to who bears an order's proof."""


class PublicPageView(ResponseModel):
    """What anyone may know. `serverNow` is this answer's own: count down by it, not by the client's clock.

    `customization` is without what only buyers are told, `afterExpiry.redirectUrl` null until the page has expired.
    """

    short_id: str
    state: VisibleState
    server_now: datetime
    launch_at: datetime
    expires_at: datetime
    time_zone: str
    title: str
    creator_name: str
    products: list[PublicProduct]
    quantity_limit: int | None
    remaining: int | None
    customization: dict[str, Any]
    registration_form: list[dict[str, Any]]
    after_expiry: dict[str, Any]
    successor_short_id: str | None
    waiting_list: bool
    edition: int
    extensions: int
    extension_limit: int | None
    former_expiries: list[datetime]

    @classmethod
    def of(cls, public: PublicPage, now: datetime) -> Self:
        own = {"expires_at", "launch_at", "successor_short_id", "customization", "after_expiry"}
        return cls(
            **public.page.model_dump(include=set(cls.model_fields) - own),
            customization={name: said for name, said in public.page.customization.items() if name not in FOR_BUYERS},
            after_expiry=_after_expiry(public, now),
            successor_short_id=public.successor,
            state=public.state(now),
            server_now=now,
            launch_at=public.launch_at,
            expires_at=public.closes_at,
            title=public.title,
            creator_name=public.creator_name,
            products=[_product(product) for product in public.for_sale(now)],
            remaining=public.remaining,
        )


def _after_expiry(public: PublicPage, now: datetime) -> dict[str, Any]:
    """Where the page leads is told when it leads there."""
    told = public.page.after_expiry
    hidden = "redirectUrl" in told and public.state(now) is not VisibleState.EXPIRED
    return {**told, "redirectUrl": None} if hidden else told


def _product(product: Any) -> PublicProduct:
    facts = {name: getattr(product, name) for name in PublicProduct.model_fields if name != "file"}
    file = PublicFile.model_validate(product) if product.file_name is not None else None
    return PublicProduct(**facts, file=file)


class Tick(ResponseModel):
    """One event of a page's stream."""

    state: VisibleState
    remaining: int | None
    expires_at: datetime
    server_now: datetime


instant_as_json = TypeAdapter(datetime).dump_json
"""An instant as all of these models write it."""
