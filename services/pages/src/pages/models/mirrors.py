"""What pages keep of others' things: products, who sells them, what is left."""

from datetime import datetime
from typing import Self
from uuid import UUID

from contracts.catalog import CreatorState, Pricing, ProductState
from contracts.checkout import StockChanged
from sqlalchemy import BigInteger, Text
from sqlmodel import Field

from pages.models.table import EnumText, PagesTable


class MirroredProduct(PagesTable, table=True):
    """`price_in_cents` is the least where buyers pay what they want. The preview is the cover of pages that sell it."""

    __tablename__ = "mirrored_products"

    id: UUID = Field(primary_key=True)
    version: int
    creator_id: UUID
    name: str = Field(sa_type=Text)
    description: str = Field(sa_type=Text)
    price_in_cents: int
    currency: str = Field(sa_type=Text)
    pricing: Pricing = Field(default=Pricing.FIXED, sa_type=EnumText(Pricing))
    suggested_price_in_cents: int | None = None
    is_active: bool
    expires_at: datetime | None = None
    updated_at: datetime | None = None
    """Catalog's; None of one that was last heard of before this was kept."""
    file_name: str | None = Field(default=None, sa_type=Text)
    file_type: str | None = Field(default=None, sa_type=Text)
    file_size_bytes: int | None = Field(default=None, sa_type=BigInteger)
    preview_storage_key: str | None = Field(default=None, sa_type=Text)
    preview_file_type: str | None = Field(default=None, sa_type=Text)

    @classmethod
    def of(cls, product: ProductState) -> Self:
        file = product.file
        preview = file.preview if file else None
        return cls(
            **product.model_dump(include=set(cls.model_fields)),
            file_name=file.file_name if file else None,
            file_type=file.file_type if file else None,
            file_size_bytes=file.file_size_bytes if file else None,
            preview_storage_key=preview.storage_key if preview else None,
            preview_file_type=preview.file_type if preview else None,
        )

    def is_for_sale(self, now: datetime) -> bool:
        return self.is_active and (self.expires_at is None or now < self.expires_at)


class MirroredCreator(PagesTable, table=True):
    """Who sells; once they were erased, without a name."""

    __tablename__ = "mirrored_creators"

    id: UUID = Field(primary_key=True)
    version: int
    name: str = Field(sa_type=Text)

    @property
    def is_erased(self) -> bool:
        return not self.name

    @classmethod
    def of(cls, creator: CreatorState) -> Self:
        return cls(id=creator.id, version=creator.version, name=creator.name)


class MirroredStock(PagesTable, table=True):
    """What is left of a capped page, by the page's id."""

    __tablename__ = "mirrored_stocks"

    id: UUID = Field(primary_key=True)
    version: int
    quantity_limit: int
    remaining: int

    @classmethod
    def of(cls, stock: StockChanged) -> Self:
        return cls(**stock.model_dump(include=set(cls.model_fields)))
