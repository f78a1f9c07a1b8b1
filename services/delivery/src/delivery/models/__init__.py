"""Delivery's tables, with their behaviour."""

from delivery.models.access import Dispute, OrderAccess, must_be_open
from delivery.models.base import EDGE_WRITES, DeliveryTable
from delivery.models.grants import WINDOW, DownloadGrant
from delivery.models.products import MirroredPage, MirroredProduct
from delivery.models.record import FIRST_DIGEST, KEEP_ADDRESSES, ClientAddress, DownloadAttempt, OrderChain, OrderEvent

__all__ = [
    "EDGE_WRITES",
    "FIRST_DIGEST",
    "KEEP_ADDRESSES",
    "WINDOW",
    "ClientAddress",
    "DeliveryTable",
    "Dispute",
    "DownloadAttempt",
    "DownloadGrant",
    "MirroredPage",
    "MirroredProduct",
    "OrderAccess",
    "OrderChain",
    "OrderEvent",
    "must_be_open",
]
