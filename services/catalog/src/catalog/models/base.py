"""The base of catalog's tables, with metadata of their own."""

from datetime import timedelta
from enum import StrEnum

from sqlalchemy import Enum
from sqlalchemy.orm import registry
from sqlmodel import SQLModel


class CatalogTable(SQLModel, registry=registry()):
    """What Alembic compares the database with."""


def words(kind: type[StrEnum]) -> Enum:
    """`kind` as text: its values, not its names."""
    return Enum(
        kind, native_enum=False, length=20, values_callable=lambda members: [member.value for member in members]
    )


def pause(tries: int) -> timedelta:
    """How long a row is left alone that was taken up for the `tries`th time: doubling from a minute, at most ten."""
    return timedelta(minutes=min(2 ** min(tries - 1, 4), 10))
