"""What pages tells: the life of a sales page."""

from enum import StrEnum
from typing import Any, ClassVar, Literal
from uuid import UUID

from pydantic import Field

from contracts.api_keys import ApiKeyUse
from contracts.event import Event, Instant, WireModel


class FieldType(StrEnum):
    TEXT = "text"
    NUMBER = "number"
    DATE = "date"
    CHECKBOX = "checkbox"
    SELECT = "select"
    CONSENT = "consent"


class FormField(WireModel):
    """One question of a page's registration form; `options` for a select alone."""

    name: str = Field(pattern=r"^[a-z][a-zA-Z0-9_]{0,39}$")
    label: str = Field(min_length=1, max_length=200)
    type: FieldType = FieldType.TEXT
    required: bool = False
    options: list[str] = Field(default_factory=list, max_length=50)


class AfterExpiry(WireModel):
    """What becomes of an expired page: it shows a message, or also a form for those who want the next one; or its
    address leads to the page that follows it (`successor_short_id`), or to `redirect_url` (https).
    """

    mode: Literal["message", "notify_me", "successor", "redirect"] = "message"
    message: str = Field(default="", max_length=2000)
    redirect_url: str | None = Field(default=None, max_length=2000)


class LatePayment(StrEnum):
    """What becomes of who was paying as the page closed: `grace` serves a session opened before, `hard` ends it."""

    HARD = "hard"
    GRACE = "grace"


class PageStatus(StrEnum):
    """What was done to the page. What a visitor sees follows from it and the clock: see `visible_state`."""

    DRAFT = "draft"
    PUBLISHED = "published"
    WITHDRAWN = "withdrawn"


class PageState(Event):
    """A sales page. It sells in [launch_at, expires_at); `time_zone` is IANA, for showing alone.

    `extension_count` is how often its expiry was put off; `edition` counts relaunches from 1, and the page that
    follows this one is `successor_short_id`. Leads may enter `early_access_minutes` before the launch.
    """

    short_id: str
    creator_id: UUID
    product_id: UUID
    product_ids: list[UUID]
    status: PageStatus
    created_at: Instant
    updated_at: Instant
    launch_at: Instant
    expires_at: Instant
    time_zone: str
    is_pre_launch: bool
    quantity_limit: int | None = None
    customization: dict[str, Any] = Field(default_factory=dict)
    registration_form: list[FormField] = Field(default_factory=list)
    after_expiry: AfterExpiry = AfterExpiry()
    late_payment: LatePayment = LatePayment.HARD
    early_access_minutes: int = Field(default=0, ge=0, le=7 * 24 * 60)
    waiting_list: bool = False
    extension_count: int = 0
    edition: int = 1
    successor_short_id: str | None = None


class PagePublished(PageState):
    key: ClassVar[str] = "pages.page.published.v1"


class PageUpdated(PageState):
    key: ClassVar[str] = "pages.page.updated.v1"


class PageLaunched(PageState):
    key: ClassVar[str] = "pages.page.launched.v1"


class PageExpiring(PageState):
    """Its expiry is a day ahead. Not told of a page whose expiry was set within that day."""

    key: ClassVar[str] = "pages.page.expiring.v1"


class PageExpired(PageState):
    key: ClassVar[str] = "pages.page.expired.v1"


class PageWithdrawn(PageState):
    key: ClassVar[str] = "pages.page.withdrawn.v1"


class ViewsCounted(Event):
    """How often a page was shown so far, to people and to programs that say they are; `id` is the page's.

    Told every half minute at most. Nothing of who came.
    """

    key: ClassVar[str] = "pages.views.counted.v1"

    views: int = Field(ge=0)
    bot_views: int = Field(ge=0)


class ApiKeyUsedAtPages(ApiKeyUse):
    key: ClassVar[str] = "pages.api-key.used.v1"
