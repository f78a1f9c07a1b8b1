"""What goes over the wire."""

from datetime import datetime
from typing import Annotated, Any, Self, TypeVar
from uuid import UUID
from zoneinfo import available_timezones

from chassis.api import RequestModel, ResponseModel
from chassis.texts import Line, Prose
from contracts.event import Instant
from contracts.money import Amount
from contracts.pages import AfterExpiry, FormField, PageStatus
from pydantic import AfterValidator, ConfigDict, Field, TypeAdapter, field_validator
from pydantic.alias_generators import to_camel
from storefront import is_colour

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


def _colour(value: str) -> str:
    if not is_colour(value):
        raise ValueError("a colour is written as #rrggbb")
    return value


def _within_reason(instant: datetime) -> datetime:
    if not EARLIEST <= instant.year <= LATEST:
        raise ValueError(f"not in the years {EARLIEST} to {LATEST}")
    return instant


def _distinct(ids: list[UUID]) -> list[UUID]:
    if len(set(ids)) != len(ids):
        raise ValueError("a product stands here twice")
    return ids


def _distinct_names(fields: list["NewFormField"]) -> list["NewFormField"]:
    if len({field.name for field in fields}) != len(fields):
        raise ValueError("two fields have the same name")
    return fields


Moment = Annotated[Instant, AfterValidator(_within_reason)]
TimeZone = Annotated[str, AfterValidator(_known_zone), Field(examples=["Europe/Berlin"])]
ProductIds = Annotated[list[UUID], Field(min_length=1, max_length=20), AfterValidator(_distinct)]
Quantity = Annotated[int, Field(ge=1, le=1_000_000, strict=True)]


class Customization(RequestModel):
    """How a page looks and what it says: tokens and Markdown, never HTML or CSS."""

    title: Annotated[Line, Field(min_length=1, max_length=120)] | None = None
    description_markdown: Annotated[Prose, Field(max_length=20_000)] | None = None
    accent: Annotated[str, AfterValidator(_colour), Field(examples=["#0f766e"])] | None = None
    former_price_in_cents: Amount | None = None
    refund_policy: Annotated[Prose, Field(max_length=5_000)] | None = None


class NewFormField(FormField):
    """A question as the creator sends it: what is not known is refused."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)

    label: Annotated[Line, Field(min_length=1, max_length=200)]
    options: Annotated[list[Annotated[Line, Field(min_length=1, max_length=200)]], Field(max_length=50)] = []


class NewAfterExpiry(AfterExpiry):
    """What is not known is refused."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)

    message: Annotated[Prose, Field(max_length=2000)] = ""


Form = Annotated[list[NewFormField], Field(max_length=30), AfterValidator(_distinct_names)]


AS_JSON = {"customization", "registration_form", "after_expiry"}


def _columns(sent: RequestModel, names: set[str]) -> dict[str, Any]:
    """By the columns' names; what is stored as JSON as it goes over the wire."""
    dumped = sent.model_dump(mode="json", by_alias=True, exclude_none=True)
    return {name: dumped[to_camel(name)] if name in AS_JSON else getattr(sent, name) for name in names}


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

    def columns(self) -> dict[str, Any]:
        return _columns(self, set(type(self).model_fields))


class PageChanges(RequestModel):
    """What is left out stays as it is; `launchAt` and `quantityLimit` may be taken away with null."""

    product_ids: ProductIds | None = None
    launch_at: Moment | None = None
    expires_at: Moment | None = None
    time_zone: TimeZone | None = None
    quantity_limit: Quantity | None = None
    customization: Customization | None = None
    registration_form: Form | None = None
    after_expiry: NewAfterExpiry | None = None

    @field_validator("product_ids", "expires_at", "time_zone", "customization", "registration_form", "after_expiry")
    @classmethod
    def _must_not_be_taken_away(cls, value: V | None) -> V:
        if value is None:
            raise ValueError("cannot be null")
        return value

    def columns(self) -> dict[str, Any]:
        return _columns(self, self.model_fields_set)


class Extension(RequestModel):
    expires_at: Moment


class PageView(ResponseModel):
    """A page as its creator sees it; `url` once it is published."""

    id: UUID
    version: int
    short_id: str
    url: str
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
    extensions: int

    @classmethod
    def of(cls, page: SalesPage, public_url: str, now: datetime) -> Self:
        return cls(
            **page.model_dump(exclude={"launched_at", "expired_at"}),
            product_id=page.product_id,
            url=f"{public_url}/p/{page.short_id}",
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
    file: PublicFile | None


class PublicPageView(ResponseModel):
    """What anyone may know. `serverNow` is this answer's own: count down by it, not by the client's clock."""

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

    @classmethod
    def of(cls, public: PublicPage, now: datetime) -> Self:
        page = public.page
        copied = {"short_id", "time_zone", "quantity_limit", "customization", "registration_form", "after_expiry"}
        return cls(
            **page.model_dump(include=copied),
            state=public.state(now),
            server_now=now,
            launch_at=public.launch_at,
            expires_at=public.closes_at,
            title=public.title,
            creator_name=public.creator_name,
            products=[_product(product) for product in public.for_sale(now)],
            remaining=public.remaining,
        )


def _product(product: Any) -> PublicProduct:
    facts = {name: getattr(product, name) for name in PublicProduct.model_fields if name != "file"}
    file = PublicFile.model_validate(product) if product.file_name is not None else None
    return PublicProduct(**facts, file=file)


class Tick(ResponseModel):
    """One event of a page's stream."""

    state: VisibleState
    remaining: int | None
    server_now: datetime


instant_as_json = TypeAdapter(datetime).dump_json
"""An instant as all of these models write it."""
