"""What goes over the wire."""

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from chassis.api import RequestModel, ResponseModel
from chassis.sources import Source
from chassis.texts import EmailAddress, Name
from pydantic import Field, WithJsonSchema

Scalar = Annotated[Any, WithJsonSchema({"type": ["string", "number", "boolean", "null"]})]
"""The page's form decides which."""


Token = Annotated[str, Field(max_length=200, pattern=r"^[\x21-\x7e]+$")]


class RegistrationRequest(RequestModel):
    """`customFields` by the names of the page's registration form."""

    email: EmailAddress
    name: Name | None = None
    custom_fields: dict[str, Scalar] = Field(default_factory=dict, max_length=100)
    source: Source = None


class RegistrationAccepted(ResponseModel):
    """The same for an address that is known already."""

    status: Literal["check-your-mail"] = "check-your-mail"


class TokenRequest(RequestModel):
    """`token`: what stands behind # in the mail's link."""

    token: Token


class ConfirmedAnswer(ResponseModel):
    status: Literal["confirmed"] = "confirmed"
    page_url: str


class DeletedAnswer(ResponseModel):
    status: Literal["deleted"] = "deleted"


class RegistrationView(ResponseModel):
    id: UUID
    sales_page_id: UUID
    email: str
    name: str | None
    registered_at: datetime
    custom_fields: dict[str, Scalar]
    confirmed_at: datetime | None
    notified_at: datetime | None
    early_access_from: datetime | None
    waiting_since: datetime | None
    order_id: UUID | None
    source: str | None


class CampaignView(ResponseModel):
    """How many registered, confirmed by mail, were told that the page opens, and bought by their mail's link.

    `views`: how often the page was shown to people, as counted half a minute ago or earlier.
    Of these `earlyAccess` were told before the launch; `waiting` wait for a unit, `offered` counts the offers made.
    """

    views: int
    registrations: int
    confirmed: int
    notified: int
    early_access: int
    waiting: int
    offered: int
    bought: int
