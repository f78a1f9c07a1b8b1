"""What a page is made of: its looks and texts, its form, what follows its expiry. The schema that editors are given."""

import ipaddress
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit
from uuid import UUID

from chassis.api import RequestModel
from chassis.texts import Line, Prose
from contracts.money import Amount
from contracts.pages import AfterExpiry, FieldType, FormField
from pydantic import AfterValidator, ConfigDict, Field, ValidationInfo, field_validator, model_validator
from pydantic.config import JsonDict

NOT_PUBLIC = (".localhost", ".local", ".internal", ".intranet", ".lan", ".home.arpa", ".onion", ".test", ".invalid")
"""Endings of names that mean something to one network alone (RFC 6761, RFC 8375, RFC 9476)."""


def _public_address(value: str) -> str:
    """An https address of the public web, as a browser may be sent to by this site."""
    parts = urlsplit(value)
    if parts.scheme != "https" or not parts.hostname:
        raise ValueError("an address is written as https://…")
    if parts.username is not None or parts.password is not None:
        raise ValueError("an address bears no user name")
    if parts.port not in (None, 443):
        raise ValueError("an address names no port")
    if not _is_public(parts.hostname):
        raise ValueError("an address of the public web names its host, such as www.example.com")
    return value


def _is_public(host: str) -> bool:
    host = host.rstrip(".").lower()
    labels = host.split(".")
    if len(labels) < 2 or not all(labels) or f".{host}".endswith(NOT_PUBLIC):
        return False
    return not labels[-1].isdigit() and not _is_ip(host)


def _is_ip(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def _distinct(values: list[str]) -> list[str]:
    if len(set(values)) != len(values):
        raise ValueError("an option stands here twice")
    return values


Colour = Annotated[str, Field(pattern=r"^#[0-9a-fA-F]{6}$", examples=["#0f766e"])]
PublicAddress = Annotated[
    str,
    Field(pattern=r"^https://[!-~]+$", max_length=2000, examples=["https://www.example.com/next"]),
    AfterValidator(_public_address),
]
Options = Annotated[
    list[Annotated[Line, Field(min_length=1, max_length=200)]], Field(max_length=50), AfterValidator(_distinct)
]


class Theme(RequestModel):
    """How a page looks, besides its accent."""

    typeface: Literal["sans", "serif", "mono"] = "sans"
    corners: Literal["round", "square"] = "round"
    scheme: Literal["auto", "light", "dark"] = "auto"


class Block(RequestModel):
    """A part of the story, with a heading of its own: contents, questions and answers, about the author."""

    heading: Annotated[Line, Field(min_length=1, max_length=120)]
    markdown: Annotated[Prose, Field(min_length=1, max_length=10_000)]


class Cover(RequestModel):
    """The preview of one of the page's products, the first that has one unless `productId` says which."""

    product_id: UUID | None = None
    alt: Annotated[Line, Field(max_length=200)] = ""


class Customization(RequestModel):
    """How a page looks and what it says: tokens and Markdown, never HTML or CSS."""

    title: Annotated[Line, Field(min_length=1, max_length=120)] | None = None
    description_markdown: Annotated[Prose, Field(max_length=20_000)] | None = None
    blocks: Annotated[list[Block], Field(max_length=12)] | None = None
    accent: Colour | None = None
    theme: Theme | None = None
    cover: Cover | None = None
    call_to_action: Annotated[Line, Field(min_length=1, max_length=40)] | None = Field(
        default=None, description="What the button says."
    )
    former_price_in_cents: Amount | None = None
    refund_policy: Annotated[Prose, Field(max_length=5_000)] | None = None
    thanks: Annotated[Prose, Field(max_length=2_000)] | None = Field(
        default=None, description="Markdown: what a buyer is told."
    )


ONLY_SELECTS_HAVE_OPTIONS: JsonDict = {
    "if": {"properties": {"type": {"const": "select"}}, "required": ["type"]},
    "then": {"properties": {"options": {"minItems": 1}}, "required": ["options"]},
    "else": {"properties": {"options": {"maxItems": 0}}},
}
ONLY_REDIRECTS_HAVE_ADDRESSES: JsonDict = {
    "if": {"properties": {"mode": {"const": "redirect"}}, "required": ["mode"]},
    "then": {"properties": {"redirectUrl": {"type": "string"}}, "required": ["redirectUrl"]},
    "else": {"properties": {"redirectUrl": {"type": "null"}}},
}
"""As JSON Schema, what the validators below say."""


class NewFormField(FormField):
    """A question as the creator sends it: what is not known is refused. A select has options, nothing else has."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True, json_schema_extra=ONLY_SELECTS_HAVE_OPTIONS)

    label: Annotated[Line, Field(min_length=1, max_length=200)]
    options: Options = Field(default=[], validate_default=True)

    @field_validator("options")
    @classmethod
    def _belong_to_a_select(cls, options: list[str], info: ValidationInfo) -> list[str]:
        kind = info.data.get("type")
        if kind == FieldType.SELECT and not options:
            raise ValueError("a select has at least one option")
        if kind not in (FieldType.SELECT, None) and options:
            raise ValueError("only a select has options")
        return options


class NewAfterExpiry(AfterExpiry):
    """What is not known is refused."""

    model_config = ConfigDict(
        extra="forbid", str_strip_whitespace=True, json_schema_extra=ONLY_REDIRECTS_HAVE_ADDRESSES
    )

    message: Annotated[Prose, Field(max_length=2000)] = ""
    redirect_url: PublicAddress | None = None

    @model_validator(mode="before")
    @classmethod
    def _with_an_address(cls, sent: Any) -> Any:
        """So that one that is missing is named as one that is wrong."""
        return {"redirectUrl": None, **sent} if isinstance(sent, dict) else sent

    @field_validator("redirect_url")
    @classmethod
    def _belongs_to_a_redirect(cls, address: str | None, info: ValidationInfo) -> str | None:
        mode = info.data.get("mode")
        if mode == "redirect" and address is None:
            raise ValueError("where to is missing")
        if mode not in ("redirect", None) and address is not None:
            raise ValueError("only the mode redirect has an address")
        return address


def _distinct_names(fields: list[NewFormField]) -> list[NewFormField]:
    if len({field.name for field in fields}) != len(fields):
        raise ValueError("two fields have the same name")
    return fields


Form = Annotated[list[NewFormField], Field(max_length=30), AfterValidator(_distinct_names)]
