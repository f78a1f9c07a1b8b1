"""What delivery keeps of products and pages."""

from typing import Self
from uuid import UUID

from contracts.catalog import AddressBinding, ProductState
from contracts.pages import PageState
from sqlalchemy import BigInteger, Text
from sqlmodel import Field

from delivery.models.base import DeliveryTable


class MirroredProduct(DeliveryTable, table=True):
    """What a buyer gets: the product's current file, and the limits its creator set."""

    __tablename__ = "mirrored_products"

    id: UUID = Field(primary_key=True)
    version: int
    creator_id: UUID | None = None
    """None for what was mirrored before it was kept, until the product is heard of again."""
    name: str = Field(sa_type=Text)
    attempts_allowed: int
    access_days: int
    address_binding: AddressBinding = Field(
        default=AddressBinding.NONE, sa_type=Text, sa_column_kwargs={"server_default": "none"}
    )
    file_id: UUID | None = None
    file_name: str | None = Field(default=None, sa_type=Text)
    file_type: str | None = Field(default=None, sa_type=Text)
    file_size_bytes: int | None = Field(default=None, sa_type=BigInteger)
    storage_key: str | None = Field(default=None, sa_type=Text)

    @classmethod
    def of(cls, product: ProductState) -> Self:
        file = product.file
        return cls(
            id=product.id,
            version=product.version,
            creator_id=product.creator_id,
            name=product.name,
            attempts_allowed=product.attempts_allowed,
            access_days=product.access_days,
            address_binding=product.address_binding,
            file_id=file.id if file else None,
            file_name=file.file_name if file else None,
            file_type=file.file_type if file else None,
            file_size_bytes=file.file_size_bytes if file else None,
            storage_key=file.storage_key if file else None,
        )


class MirroredPage(DeliveryTable, table=True):
    """Whose page it is: who may ask for its figures."""

    __tablename__ = "mirrored_pages"

    id: UUID = Field(primary_key=True)
    version: int
    creator_id: UUID

    @classmethod
    def of(cls, page: PageState) -> Self:
        return cls(id=page.id, version=page.version, creator_id=page.creator_id)
