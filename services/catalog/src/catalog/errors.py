"""What can be wrong in catalog, as its callers are told."""

from collections.abc import Sequence
from typing import Any

from chassis.errors import Invalid, Problem


class EmailTaken(Problem):
    status, slug, title = 409, "email-taken", "There is an account with this address already"

    def __init__(self) -> None:
        super().__init__("Sign in instead.", errors=[{"pointer": "#/email", "detail": "Already registered."}])


class WrongSignIn(Problem):
    """The same for an unknown address and for a wrong password."""

    status, slug, title = 401, "wrong-sign-in", "The address and the password do not belong together"


class SessionEnded(Problem):
    status, slug, title = 401, "session-ended", "This session has ended; sign in again"


class WrongPassword(Problem):
    status, slug, title = 403, "wrong-password", "This is not your password"

    def __init__(self) -> None:
        super().__init__(errors=[{"pointer": "#/password", "detail": "Not your password."}])


class EmailNotVerified(Problem):
    status, slug, title = 403, "email-not-verified", "Verify your address first: the link is in your mail"


class TooManyApiKeys(Problem):
    status, slug, title = 409, "too-many-api-keys", "There are too many API keys in force; revoke one first"


class LinkUnknown(Problem):
    """Not whole, made for something else, used up, or replaced by a newer one."""

    status, slug, title = 404, "link-unknown", "This link is not known"


class LinkExpired(Problem):
    status, slug, title = 410, "link-expired", "This link was not used in time; ask for a new one"


class NoStripeAccount(Problem):
    status, slug, title = 404, "no-stripe-account", "No Stripe account is linked yet"


class StripeUnavailable(Problem):
    status, slug, title = 503, "stripe-unavailable", "Stripe does not answer; try again in a moment"

    def __init__(self, detail: str | None = None) -> None:
        super().__init__(detail, retry_after=5)


class StripeRefused(Problem):
    """Stripe understood and will not; the detail is Stripe's own."""

    status, slug, title = 502, "stripe-refused", "Stripe does not accept this"


class BadSignature(Problem):
    status, slug, title = 400, "bad-signature", "This is not signed by Stripe, or was not signed just now"


class EventTooLarge(Problem):
    status, slug, title = 413, "too-large", "The event is larger than 256 KiB"


class ProductIsWithdrawn(Problem):
    status, slug, title = 409, "product-withdrawn", "The product has been withdrawn"


class OnLivePages(Problem):
    """`pages` have not closed: each with its id, shortId, title and expiresAt."""

    status = 409
    wanted = "Withdraw these pages first"

    def __init__(self, pages: Sequence[dict[str, Any]]) -> None:
        super().__init__(f"{self.wanted}, or ask again with evenThoughLive=true.", pages=list(pages))


class ProductOnLivePages(OnLivePages):
    slug, title = "product-on-live-pages", "Pages that have not closed sell this product"


class CreatorHasLivePages(OnLivePages):
    slug, title = "creator-has-live-pages", "You have pages that have not closed"


class StoreUnavailable(Problem):
    status, slug, title = 503, "store-unavailable", "The file store does not answer; try again in a moment"

    def __init__(self) -> None:
        super().__init__(retry_after=2)


class UploadClosed(Problem):
    """It takes no parts any more; `state` says why."""

    status, slug, title = 409, "upload-closed", "This upload takes no more parts"

    def __init__(self, state: str) -> None:
        super().__init__(f"The upload is {state}.", state=state)


class UploadExpired(Problem):
    status, slug, title = 410, "upload-expired", "This upload was not completed in time; begin a new one"


class PartsMissing(Problem):
    """`numbers` have not arrived whole, or are others than was said: send them again, then complete again."""

    status, slug, title = 409, "parts-missing", "Some parts have not arrived as described"

    def __init__(self, numbers: Sequence[int]) -> None:
        super().__init__(f"{len(numbers)} parts are to be sent (again).", numbers=list(numbers)[:1000])


class FileRejected(Invalid):
    """What arrived is not what was declared. The upload is over; begin a new one."""

    slug, title = "file-rejected", "What arrived is not what was declared"
