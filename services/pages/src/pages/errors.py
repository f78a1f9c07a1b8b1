"""What is wrong, with its status."""

from chassis.errors import Invalid, Problem


class PageUnknown(Problem):
    """No page, or one that nobody may see: a draft, or withdrawn."""

    status, slug, title = 404, "page-unknown", "There is no such page"


class NotADraft(Problem):
    status, slug, title = 409, "not-a-draft", "The page has been published before"


class NotPublished(Problem):
    status, slug, title = 409, "not-published", "The page is not published"


class PageOver(Problem):
    status, slug, title = 409, "page-over", "The page has expired: relaunch it as a new one"


class AlreadyLaunched(Problem):
    status, slug, title = 409, "already-launched", "The page has launched: its launch cannot be moved any more"


class ExtensionLimitReached(Problem):
    status, slug, title = 409, "extension-limit-reached", "The page has been extended as often as it may be"

    def __init__(self, limit: int) -> None:
        super().__init__(f"Its creator promised to extend it {limit} times at most.")


class StillSelling(Problem):
    status, slug, title = 409, "still-published", "The page is published: withdraw it instead"


class ProductNotForSale(Problem):
    """A product without a file, withdrawn or expired; one that was published a moment ago may be on its way."""

    status, slug, title = 409, "product-not-for-sale", "A product of this page is not for sale"

    def __init__(self, detail: str) -> None:
        super().__init__(detail, retry_after=1)


class ProductUnknown(Invalid):
    def __init__(self, place: int) -> None:
        super().__init__(f"#/productIds/{place}", "You have no such product.")


class SuccessorUnknown(Invalid):
    def __init__(self) -> None:
        super().__init__("#/successorShortId", "You have no such page that was made after this one.")


class PictureUnknown(Problem):
    status, slug, title = 404, "picture-unknown", "This page has no such picture"


class StorageUnavailable(Problem):
    status, slug, title = 503, "storage-unavailable", "The object store does not answer"

    def __init__(self) -> None:
        super().__init__(retry_after=5)
