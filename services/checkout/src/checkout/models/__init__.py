"""Checkout's tables, with their behaviour."""

from checkout.models.access import AccessFact, AccessKind, UnusedGrant
from checkout.models.base import CheckoutTable
from checkout.models.customers import CustomerContact, ErasedCustomer, LinkReissue, OrderLookup
from checkout.models.discounts import DiscountCode, DiscountUse
from checkout.models.mirrors import MirroredCreator, MirroredPage, MirroredProduct
from checkout.models.notices import StripeEvent
from checkout.models.offers import OfferState, WaitingListOffer
from checkout.models.orders import TRANSITIONS, DownloadKey, Order, Payment, Unit
from checkout.models.payments import (
    LEASE,
    CheckoutSession,
    Dispute,
    DisputeStage,
    Refund,
    RefundStatus,
)
from checkout.models.reconciliations import Reconciliation
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
    "ErasedCustomer",
    "LinkReissue",
    "MirroredCreator",
    "MirroredPage",
    "MirroredProduct",
    "OfferState",
    "Order",
    "OrderLookup",
    "PageStock",
    "Payment",
    "Reconciliation",
    "Refund",
    "RefundStatus",
    "StripeEvent",
    "Unit",
    "UnusedGrant",
    "WaitingListOffer",
]
