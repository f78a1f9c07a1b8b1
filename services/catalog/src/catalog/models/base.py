"""The base of catalog's tables, with metadata of their own."""

from datetime import timedelta
from enum import StrEnum

from sqlalchemy import Enum
from sqlalchemy.orm import registry
from sqlmodel import SQLModel

FIRST_PAUSE = timedelta(minutes=1)
"""After which a row that was taken up may be again, longer each time: whoever is at it needs less."""


class CatalogTable(SQLModel, registry=registry()):
    """What Alembic compares the database with."""


def words(kind: type[StrEnum]) -> Enum:
    """`kind` as text: its values, not its names."""
    return Enum(
        kind, native_enum=False, length=20, values_callable=lambda members: [member.value for member in members]
    )
