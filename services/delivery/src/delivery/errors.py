"""What is wrong, with its status. Each refusal of a download bears the buyer's next step."""

from chassis.errors import Problem


class LinkUnknown(Problem):
    """No grant has this token: mistyped, replaced by a newer link, or still on its way."""

    status, slug, title = 404, "download-unknown", "This download link is not known"

    def __init__(self) -> None:
        super().__init__("Open the newest link that was mailed to you.", nextStep="use-newest-link")


class LinkExpired(Problem):
    status, slug, title = 410, "download-expired", "This download link has expired"

    def __init__(self) -> None:
        super().__init__("Its time is over. Write to the creator if you came too late.", nextStep="write-to-creator")


class LinkRefunded(Problem):
    status, slug, title = 410, "download-refunded", "This order was refunded"

    def __init__(self) -> None:
        super().__init__("The money went back, and the download with it.", nextStep="buy-again")


class LinkRevoked(Problem):
    status, slug, title = 410, "download-revoked", "This download was withdrawn"

    def __init__(self) -> None:
        super().__init__("Write to the creator if this surprises you.", nextStep="write-to-creator")


class LinkExhausted(Problem):
    status, slug, title = 403, "download-exhausted", "Every download of this link is used up"

    def __init__(self) -> None:
        super().__init__("Ask the creator for more; answer the mail it came with.", nextStep="write-to-creator")


class LinkSuspended(Problem):
    """A payment that its owner disputes: access waits for the bank."""

    status, slug, title = 403, "download-suspended", "This download waits for the bank"

    def __init__(self) -> None:
        super().__init__("The payment is disputed; the link opens again if it stands.", nextStep="wait-for-the-bank")


class LinkElsewhere(Problem):
    status, slug, title = 403, "download-elsewhere", "This link opens only where it was first used"

    def __init__(self) -> None:
        super().__init__("Ask the creator for a new link; it opens where you are.", nextStep="write-to-creator")


class StorageUnavailable(Problem):
    """The object store does not answer, or not with the object. The attempt was given back."""

    status, slug, title = 503, "storage-unavailable", "The file cannot be fetched at the moment"

    def __init__(self) -> None:
        super().__init__("Try again in a moment; this did not count as a download.", retry_after=5)


class GrantClosed(Problem):
    """A grant that a refund or a dispute ended is not reopened by hand."""

    status, slug, title = 409, "order-closed", "The order no longer gives access"


class ProductNotHeard(Exception):
    """An order was paid whose product has not been heard of yet: tried again later."""
