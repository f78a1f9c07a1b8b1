"""Queries worth a name."""

from checkout.store.buyers import AccessLog, access_of, contacts_of, customer_id_for, is_granted, was_erased
from checkout.store.discounts import discount_code_to_change, discount_codes_of
from checkout.store.due import next_session_due, take_due_events, take_due_refunds, take_due_sessions
from checkout.store.orders import (
    OrderFilter,
    order_by_id,
    order_of_payment,
    order_to_change,
    orders_of,
    orders_with_access,
)
from checkout.store.pages import Sold, page_by_short_id, page_of, page_unchanged, sold
from checkout.store.payments import (
    amount_being_refunded,
    amount_lost,
    checkout_session_of,
    dispute_by_stripe_id,
    disputes_of,
    events_waiting_for,
    page_closes_at,
    refunds_of,
    unapplied_event,
)
from checkout.store.reconciling import orders_to_compare, stuck_orders, take_day, unknown_orders

__all__ = [
    "AccessLog",
    "OrderFilter",
    "Sold",
    "access_of",
    "amount_being_refunded",
    "amount_lost",
    "checkout_session_of",
    "contacts_of",
    "customer_id_for",
    "discount_code_to_change",
    "discount_codes_of",
    "dispute_by_stripe_id",
    "disputes_of",
    "events_waiting_for",
    "is_granted",
    "next_session_due",
    "order_by_id",
    "order_of_payment",
    "order_to_change",
    "orders_of",
    "orders_to_compare",
    "orders_with_access",
    "page_by_short_id",
    "page_closes_at",
    "page_of",
    "page_unchanged",
    "refunds_of",
    "sold",
    "stuck_orders",
    "take_day",
    "take_due_events",
    "take_due_refunds",
    "take_due_sessions",
    "unapplied_event",
    "unknown_orders",
    "was_erased",
]
