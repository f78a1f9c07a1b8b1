"""What can be wrong with a purchase or a refund, each with its status and slug."""

from chassis.errors import NotFound, Problem


class PageUnknown(NotFound):
    """No page has this short id, or none that is for the public."""

    title = "There is no such page"


class LinkUnknown(NotFound):
    """The proof of a mailed link is not the customer's."""

    slug, title = "unknown", "We do not know this link"


class PageNotLive(Problem):
    status, slug, title = 409, "page-not-live", "The sale has not begun"


class PageExpired(Problem):
    status, slug, title = 410, "page-expired", "The sale is over"


class SoldOut(Problem):
    status, slug, title = 409, "sold-out", "Everything is sold or being paid for at this moment"


class ProductUnavailable(Problem):
    status, slug, title = 409, "product-unavailable", "This product is not for sale"


class DiscountUnknown(Problem):
    status, slug, title = 409, "discount-code-unknown", "This page has no such discount code"


class DiscountNotValid(Problem):
    status, slug, title = 409, "discount-code-not-valid", "This discount code cannot be used here and now"


class DiscountUsedUp(Problem):
    status, slug, title = 409, "discount-code-used-up", "This discount code has been used as often as it can be"


class DiscountCodeTaken(Problem):
    status, slug, title = 409, "discount-code-taken", "The page has a discount code of this name already"


class CreatorCannotCharge(Problem):
    status, slug, title = 409, "creator-cannot-charge", "The creator cannot take payments yet"


class OrderClosed(Problem):
    status, slug, title = 409, "order-closed", "This order can no longer be paid; place a new one"


class PaymentRefused(Problem):
    status, slug, title = 409, "payment-refused", "The payment provider does not accept this payment"


class PaymentProviderUnavailable(Problem):
    """The order stands; asking again with the same Idempotency-Key carries on with it."""

    status, slug, title = 503, "payment-provider-unavailable", "The payment provider does not answer; try again"

    def __init__(self, detail: str | None = None) -> None:
        super().__init__(detail, retry_after=5)


class NotRefundable(Problem):
    status, slug, title = 409, "not-refundable", "There is nothing of this order that can be refunded"


class ReviewOpen(Problem):
    """It is neither sold nor over, or what was paid has not gone back."""

    status, slug, title = 409, "review-open", "The order's payment waits; refund it first"


class RefundRefused(Problem):
    status, slug, title = 409, "refund-refused", "The payment provider refused the refund"


class DisputeDecided(Problem):
    status, slug, title = 409, "dispute-decided", "The bank has decided this dispute"


class EvidenceSubmitted(Problem):
    status, slug, title = 409, "evidence-submitted", "The bank has the evidence already; it takes it once"


class EvidenceRefused(Problem):
    status, slug, title = 409, "evidence-refused", "The payment provider does not take this evidence"


class NoAccess(Problem):
    status, slug, title = 409, "no-access", "This order gives no access to a download"


class BadSignature(Problem):
    status, slug, title = 400, "bad-signature", "The signature does not match the body, or its time is too far off"


class NotAnEvent(Problem):
    status, slug, title = 400, "not-an-event", "What was signed is not an event of Stripe's"


class WebhookTooLarge(Problem):
    status, slug, title = 413, "too-large", "A webhook's body has at most 256 KiB"


class TransitionRefused(Exception):
    """An order cannot go from the state it is in to the one that was asked; it stays as it is."""

    def __init__(self, current: str, asked: str) -> None:
        super().__init__(f"an order that is {current} cannot become {asked}")
        self.current = current
        self.asked = asked
