"""Catalog's tables, with their behaviour: a method that changes state answers with the event that tells it."""

from catalog.models.api_keys import ApiKey
from catalog.models.base import CatalogTable
from catalog.models.creators import Creator, StripeEvent
from catalog.models.files import File, FileKind, FileUpload, Rejection, Rendition, UploadState
from catalog.models.heard import MirroredOrder, MirroredPage, PageEnd
from catalog.models.letters import TELLING, Letter, LetterPurpose
from catalog.models.notices import Notice
from catalog.models.products import Product, ProductStatus
from catalog.models.sessions import RefreshToken, Session

__all__ = [
    "TELLING",
    "ApiKey",
    "CatalogTable",
    "Creator",
    "File",
    "FileKind",
    "FileUpload",
    "Letter",
    "LetterPurpose",
    "MirroredOrder",
    "MirroredPage",
    "Notice",
    "PageEnd",
    "Product",
    "ProductStatus",
    "RefreshToken",
    "Rejection",
    "Rendition",
    "Session",
    "StripeEvent",
    "UploadState",
]
