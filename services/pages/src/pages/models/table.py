"""The base of pages's tables, and how they keep enumerations."""

from enum import StrEnum
from typing import Any

from chassis.edge import edge_writes
from sqlalchemy import Dialect, Text, TypeDecorator
from sqlalchemy.orm import registry
from sqlmodel import SQLModel


class PagesTable(SQLModel, registry=registry()):
    """Base of pages's tables: metadata of its own."""


EDGE_WRITES = edge_writes(PagesTable.metadata)
"""Keys of which Cloudflare's edge is to be told."""


class EnumText(TypeDecorator[StrEnum]):
    """A member of `kind`, kept as text: a value of a later release is added without a migration."""

    impl = Text
    cache_ok = True

    def __init__(self, kind: type[StrEnum]) -> None:
        super().__init__()
        self.kind = kind

    def process_result_value(self, value: Any | None, dialect: Dialect) -> StrEnum | None:
        return None if value is None else self.kind(value)
