"""How a connected account comes to be allowed to take money, and stops being allowed.

Source: Stripe, API reference, Account Links: for one visitor, for five minutes.
"""

from stripe_sandbox.accounts import connected, requirements, updated
from stripe_sandbox.books import Books, fresh, new_id
from stripe_sandbox.errors import Json
from stripe_sandbox.events import tell
from stripe_sandbox.operations import Asked, Operation, accepts
from stripe_sandbox.params import Choice, Hash, Kind, Text, Url

LINK_SECONDS = 300


def onboard(books: Books, account: Json, verified: bool = True) -> None:
    """The owner has handed everything in; verified at once, or to be verified by `onboard` later."""
    watched = ("capabilities", "charges_enabled", "details_submitted", "payouts_enabled", "requirements")
    before = {name: account[name] for name in watched}
    account |= {"details_submitted": True, "charges_enabled": verified, "payouts_enabled": verified}
    account |= {"business_type": account["business_type"] or "individual", "requirements": requirements([])}
    if not verified:
        account["requirements"]["pending_verification"] = ["individual.verification.document"]
        account["requirements"]["disabled_reason"] = "requirements.pending_verification"
    state = "active" if verified else "pending"
    account["capabilities"] = dict.fromkeys(account["capabilities"], state)
    updated(books, account, before)


def restrict(books: Books, account: Json) -> None:
    """Stripe wants more to be handed in and takes charges and payouts away until then."""
    before = {name: account[name] for name in ("capabilities", "charges_enabled", "payouts_enabled", "requirements")}
    account |= {"charges_enabled": False, "payouts_enabled": False}
    account["requirements"] = requirements(["individual.verification.document"])
    account["capabilities"] = dict.fromkeys(account["capabilities"], "inactive")
    updated(books, account, before)


def deauthorize(books: Books, account: Json) -> None:
    """The owner disconnects the account from the platform, which can do nothing with it any more."""
    books.put(account | {"_deauthorized": True})
    application = {"id": "ca_sandbox", "object": "application", "name": "Sandbox platform"}
    tell(books, "account.application.deauthorized", application, account=account["id"])


def _create_link(books: Books, asked: Asked) -> Json:
    params = asked.params
    account = connected(books, params["account"])
    token = new_id("", 32)
    books.put(fresh(books, "_account_link", f"link_{token}", {
        "account": account["id"],
        "expires_at": books.now() + LINK_SECONDS,
        "refresh_url": params["refresh_url"],
        "return_url": params["return_url"],
        "visitor": None,
    }, length=0))  # fmt: skip
    url = f"{books.config.public_url}/setup/e/{account['id']}/{token}"
    return {
        "object": "account_link",
        "created": books.now(),
        "expires_at": books.now() + LINK_SECONDS,
        "url": url,
    }


_LINK: dict[str, Kind] = {
    "account": Text(),
    "collect": Choice(("currently_due", "eventually_due")),
    "collection_options": Hash(
        {
            "fields": Choice(("currently_due", "eventually_due")),
            "future_requirements": Choice(("include", "omit")),
        }
    ),
    "refresh_url": Url(),
    "return_url": Url(),
    "type": Choice(("account_onboarding", "account_update")),
}

OPERATIONS = [
    Operation(
        "POST",
        "/v1/account_links",
        _create_link,
        accepts(_LINK, required=("account", "type", "refresh_url", "return_url")),
    ),
]
