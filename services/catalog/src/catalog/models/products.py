"""Products: draft until their file is there, then published, until withdrawn or expired."""

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, TypeVar
from uuid import UUID

from chassis.clock import new_id
from contracts import catalog as told
from contracts.catalog import (
    AddressBinding,
    Pricing,
    ProductExpired,
    ProductFileReplaced,
    ProductPublished,
    ProductState,
    ProductUpdated,
    ProductWithdrawn,
)
from sqlalchemy import Column, ForeignKey, Index, Uuid, text
from sqlmodel import Field, Relationship

from catalog.errors import ProductIsWithdrawn
from catalog.models.base import CatalogTable, words
from catalog.models.files import File, Rendition

Told = TypeVar("Told", bound=ProductState)


PAYMENT_TAKES = timedelta(days=30)
"""At most, from when it is begun until it is heard of: twice what the slowest ways to pay take."""


class ProductStatus(StrEnum):
    DRAFT = "draft"
    PUBLISHED = "published"
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"


class Product(CatalogTable, table=True):
    """What is sold. `price_in_cents` in the smallest unit of `currency`: the least, where buyers pay what they want."""

    __tablename__ = "products"
    __table_args__ = (
        Index("products_of_creator", "creator_id", "id"),
        Index(
            "products_expiring",
            "expires_at",
            postgresql_where=text("published_at IS NOT NULL AND withdrawn_at IS NULL AND expiry_told_at IS NULL"),
        ),
        Index("products_to_forget", "forget_at", postgresql_where=text("forget_at IS NOT NULL")),
    )

    id: UUID = Field(default_factory=new_id, primary_key=True)
    creator_id: UUID = Field(foreign_key="creators.id")
    name: str
    description: str
    price_in_cents: int
    currency: str
    attempts_allowed: int
    access_days: int
    pricing: Pricing = Field(default=Pricing.FIXED, sa_type=words(Pricing))
    suggested_price_in_cents: int | None = None
    address_binding: AddressBinding = Field(default=AddressBinding.NONE, sa_type=words(AddressBinding))
    created_at: datetime
    updated_at: datetime
    expires_at: datetime | None = None
    published_at: datetime | None = None
    withdrawn_at: datetime | None = None
    expiry_told_at: datetime | None = None
    forget_at: datetime | None = None
    """When an erased creator's product is forgotten, unless it was sold by then."""
    version: int = 1
    file_id: UUID | None = Field(
        default=None, sa_column=Column(Uuid, ForeignKey("files.id", name="products_file", use_alter=True))
    )
    preview_file_name: str | None = None
    preview_storage_key: str | None = None
    preview_file_type: str | None = None
    file: File | None = Relationship(sa_relationship_kwargs={"lazy": "selectin", "foreign_keys": "Product.file_id"})

    def status(self, now: datetime) -> ProductStatus:
        """What it is at `now`: the sweeper only announces an expiry."""
        if self.withdrawn_at is not None:
            return ProductStatus.WITHDRAWN
        if self.published_at is None:
            return ProductStatus.DRAFT
        expired = self.expires_at is not None and now >= self.expires_at
        return ProductStatus.EXPIRED if expired else ProductStatus.PUBLISHED

    def change(self, changes: dict[str, Any], now: datetime) -> ProductUpdated:
        """Set the fields named in `changes`; a later `expires_at` brings an expired product back."""
        self.must_not_be_withdrawn()
        for field, value in changes.items():
            setattr(self, field, value)
        if "expires_at" in changes:
            self.expiry_told_at = None
        return self._changed(ProductUpdated, now)

    def sooner(self, expires_at: datetime | None) -> datetime | None:
        """`expires_at`, if it is before what is said now."""
        brought_forward = expires_at is not None and (self.expires_at is None or expires_at < self.expires_at)
        return expires_at if brought_forward else None

    def receive_original(self, file: File, now: datetime) -> ProductPublished | ProductFileReplaced:
        """Its file is there: a draft is published by it; of any other, who bought it gets this file from now on."""
        self.file = file
        if self.published_at is not None or self.withdrawn_at is not None:
            return self._changed(ProductFileReplaced, now)
        self.published_at = now
        return self._changed(ProductPublished, now)

    def receive_preview(self, rendition: Rendition, now: datetime) -> ProductUpdated:
        self.preview_file_name, self.preview_file_type = rendition.file_name, rendition.file_type
        self.preview_storage_key = rendition.storage_key
        return self._changed(ProductUpdated, now)

    def withdraw(self, now: datetime) -> ProductWithdrawn | None:
        """For ever; None when it was withdrawn before."""
        if self.withdrawn_at is not None:
            return None
        self.withdrawn_at = now
        return self._changed(ProductWithdrawn, now)

    def forget_unsold(self, now: datetime) -> None:
        """Its creator is erased: at once what never was for sale, else when no payment can be on its way any more."""
        self.forget_at = now if self.published_at is None else now + PAYMENT_TAKES

    def forget(self, now: datetime) -> ProductUpdated:
        """What it was called, and what it was made of."""
        self.name = self.description = ""
        self.preview_file_name = self.preview_storage_key = self.preview_file_type = None
        self.file = self.forget_at = None
        return self._changed(ProductUpdated, now)

    def tell_expiry(self, now: datetime) -> ProductExpired:
        self.expiry_told_at = now
        return self._changed(ProductExpired, now)

    def retold(self, now: datetime) -> ProductUpdated:
        """As it is, under the version it has."""
        return self._state(ProductUpdated, now)

    def must_not_be_withdrawn(self) -> None:
        if self.withdrawn_at is not None:
            raise ProductIsWithdrawn

    @property
    def public_file(self) -> told.File | None:
        """Its file with its preview, as others are told of them."""
        if self.file is None:
            return None
        return told.File(**self.file.model_dump(exclude={"product_id"}), preview=self._preview())

    def _preview(self) -> told.Preview | None:
        if self.preview_file_name is None or self.preview_storage_key is None or self.preview_file_type is None:
            return None
        return told.Preview(
            file_name=self.preview_file_name,
            storage_key=self.preview_storage_key,
            file_type=self.preview_file_type,
        )

    def _changed(self, kind: type[Told], now: datetime) -> Told:
        self.version += 1
        self.updated_at = now
        return self._state(kind, now)

    def _state(self, kind: type[Told], now: datetime) -> Told:
        return kind(
            **self.model_dump(include=_TOLD_AS_THEY_ARE),
            is_active=self.status(now) is ProductStatus.PUBLISHED,
            file=self.public_file,
        )


_TOLD_AS_THEY_ARE = set(ProductState.model_fields) - {"is_active", "file"}
