"""Catalog's tables, with their behaviour: a method that changes state answers with the event that tells it."""

from catalog.models.api_keys import ApiKey
from catalog.models.base import CatalogTable
from catalog.models.creators import Creator, StripeEvent
from catalog.models.files import File, FileKind, FileUpload, Rejection, UploadState
from catalog.models.letters import Letter, LetterPurpose
from catalog.models.products import Product, ProductStatus
from catalog.models.sessions import RefreshToken, Session

__all__ = [
    "ApiKey",
    "CatalogTable",
    "Creator",
    "File",
    "FileKind",
    "FileUpload",
    "Letter",
    "LetterPurpose",
    "Product",
    "ProductStatus",
    "RefreshToken",
    "Rejection",
    "Session",
    "StripeEvent",
    "UploadState",
]
