"""Checkout's tables, with their behaviour."""

from checkout.models.access import AccessFact, AccessKind, UnusedGrant
from checkout.models.base import CheckoutTable
from checkout.models.customers import CustomerContact, LinkReissue, OrderLookup
from checkout.models.discounts import DiscountCode, DiscountUse
from checkout.models.mirrors import MirroredCreator, MirroredPage, MirroredProduct
from checkout.models.notices import StripeEvent
from checkout.models.orders import TRANSITIONS, DownloadKey, Order, Payment, Unit
from checkout.models.payments import (
    LEASE,
    CheckoutSession,
    Dispute,
    DisputeStage,
    Refund,
    RefundStatus,
    backoff,
)
from checkout.models.stocks import PageStock

__all__ = [
    "LEASE",
    "TRANSITIONS",
    "AccessFact",
    "AccessKind",
    "CheckoutSession",
    "CheckoutTable",
    "CustomerContact",
    "DiscountCode",
    "DiscountUse",
    "Dispute",
    "DisputeStage",
    "DownloadKey",
    "LinkReissue",
    "MirroredCreator",
    "MirroredPage",
    "MirroredProduct",
    "Order",
    "OrderLookup",
    "PageStock",
    "Payment",
    "Refund",
    "RefundStatus",
    "StripeEvent",
    "Unit",
    "UnusedGrant",
    "backoff",
]
