"""What can be wrong with a registration, each with its status."""

from chassis.errors import NotFound, Problem


class PageUnknown(NotFound):
    """No page has this short id, or none that is for the public."""

    title = "There is no such page"


class RegistrationClosed(Problem):
    status, slug, title = 410, "registration-closed", "Registration for this page is closed"


class RegistrationUnknown(Problem):
    """A link that is not ours, or whose registration was deleted."""

    status, slug, title = 404, "registration-unknown", "We do not know this link"


class RegistrationExpired(Problem):
    status, slug, title = 410, "registration-expired", "The page closed before this registration was confirmed"


class AnswersRefused(Problem):
    """Answers that the page's form does not take; `found` maps a field's JSON pointer to what is wrong with it."""

    status, slug, title = 422, "validation", "The request has a field that cannot be accepted"

    def __init__(self, found: dict[str, str]) -> None:
        pointer, detail = next(iter(found.items()))
        errors = [{"pointer": pointer, "detail": detail} for pointer, detail in found.items()]
        super().__init__(f"{pointer}: {detail}", errors=errors)
