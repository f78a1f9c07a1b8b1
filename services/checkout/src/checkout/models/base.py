"""What all tables of checkout share."""

from enum import StrEnum
from typing import Any

from sqlalchemy import DateTime, Text
from sqlalchemy import Enum as SAEnum
from sqlalchemy.orm import registry
from sqlmodel import Field, SQLModel


class CheckoutTable(SQLModel, registry=registry()):
    """Base of checkout's own tables: one metadata a service."""


def enum_column(kind: type[StrEnum], **more: Any) -> Any:
    """A field of the values of `kind`, kept as text."""
    stored = SAEnum(kind, native_enum=False, length=32, values_callable=lambda members: [m.value for m in members])
    return Field(sa_type=stored, **more)


def instant(**more: Any) -> Any:
    """A field of a moment, kept as timestamptz."""
    return Field(sa_type=DateTime(timezone=True), **more)


def words(**more: Any) -> Any:
    """A field of text of any length."""
    return Field(sa_type=Text, **more)
