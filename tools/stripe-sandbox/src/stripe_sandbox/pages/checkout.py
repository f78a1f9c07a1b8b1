"""The hosted pay page of a Checkout Session, `/c/pay/{id}`, the bank's page beside it, and receipts.

Form fields: `email`, `name`, `choice` (pay, decline, authenticate, later); at the bank `choice` (approve, refuse,
delay) and `seconds`.
"""

from collections.abc import Callable

from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from stripe_sandbox import paying
from stripe_sandbox.books import Books
from stripe_sandbox.errors import Json
from stripe_sandbox.pages.rendering import page
from stripe_sandbox.params import EMAIL
from stripe_sandbox.sandbox import Sandbox
from stripe_sandbox.sessions import current

Story = Callable[[Books, str, paying.Buyer], Json]

STORIES: dict[str, Story] = {
    "authenticate": paying.authenticate,
    "decline": paying.decline,
    "later": paying.pay_later,
    "pay": paying.pay,
}


def routes(sandbox: Sandbox) -> list[BaseRoute]:
    """The pages of this room."""
    pages = CheckoutPages(sandbox)
    return [
        Route("/c/pay/{id}", pages.show, methods=["GET"]),
        Route("/c/pay/{id}", pages.submit, methods=["POST"]),
        Route("/c/pay/{id}/authenticate", pages.show_bank, methods=["GET"]),
        Route("/c/pay/{id}/authenticate", pages.answer_bank, methods=["POST"]),
        Route("/receipts/{id}", pages.receipt, methods=["GET"]),
    ]


class CheckoutPages:
    """What a buyer sees."""

    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = sandbox

    def _session(self, request: Request) -> Json | None:
        """The session as it is now, or None when there is none of that id."""
        identifier = request.path_params["id"]
        with self._sandbox.store.transaction():
            known = self._sandbox.store.get(identifier)
            if known is None or known["object"] != "checkout.session":
                return None
            return current(self._sandbox.books(), identifier)

    async def show(self, request: Request) -> Response:
        """The page to pay on, or what became of the session."""
        session = self._session(request)
        return _open(session) if session and session["status"] == "open" else _closed(session)

    async def submit(self, request: Request) -> Response:
        """The buyer's choice."""
        session = self._session(request)
        if session is None or session["status"] != "open":
            return _closed(session)
        async with request.form() as form:
            choice, buyer = _word(form, "choice"), paying.Buyer(_word(form, "email"), _word(form, "name"))
        if problem := _problem(session, choice, buyer):
            return _open(session, problem, buyer, 422)
        try:
            with self._sandbox.store.transaction():
                session = STORIES[choice](self._sandbox.books(), session["id"], buyer)
        except paying.NotOffered as error:
            return _open(session, str(error), buyer, 422)
        if choice == "decline":
            return _open(session, "Your card was declined. Please try another way to pay.", buyer, 402)
        if choice == "authenticate":
            return RedirectResponse(f"/c/pay/{session['id']}/authenticate", 303)
        return _to_success(session)

    async def show_bank(self, request: Request) -> Response:
        """The bank asks; or waits with the buyer for its own approval, then sends them on."""
        session = self._session(request)
        if session is None or session["status"] == "expired":
            return _closed(session)
        if session["status"] == "complete":
            return _to_success(session)
        return page("bank.html", session=session, waiting=paying.approval_pending(self._sandbox.books(), session))

    async def answer_bank(self, request: Request) -> Response:
        """The buyer's answer to the bank."""
        async with request.form() as form:
            choice, seconds = _word(form, "choice"), _word(form, "seconds") or "5"
        identifier, books = request.path_params["id"], self._sandbox.books()
        try:
            with self._sandbox.store.transaction():
                if choice == "approve":
                    return _to_success(paying.approve(books, identifier))
                if choice == "refuse":
                    session = paying.refuse(books, identifier)
                    return _open(session, "We are unable to authenticate your payment method.", paying.Buyer(), 402)
                paying.delay(books, identifier, float(seconds) if seconds.replace(".", "", 1).isdigit() else 5.0)
        except (paying.NotOpen, paying.NotOffered):
            return RedirectResponse(f"/c/pay/{identifier}", 303)
        return RedirectResponse(f"/c/pay/{identifier}/authenticate", 303)

    async def receipt(self, request: Request) -> Response:
        """What was charged, for the buyer."""
        charge = self._sandbox.store.get(request.path_params["id"])
        if charge is None or charge["object"] != "charge":
            return page("closed.html", 404, title="Receipt not found", message="There is no such receipt.", link=None)
        return page("receipt.html", charge=charge)


def _word(form: FormData, name: str) -> str:
    value = form.get(name, "")
    return value.strip() if isinstance(value, str) else ""


def _problem(session: Json, choice: str, buyer: paying.Buyer) -> str | None:
    """Why the form cannot be taken as it is."""
    if choice not in STORIES:
        return "Choose how to pay."
    if not session["customer_email"] and not EMAIL.fullmatch(buyer.email or ""):
        return "Enter your e-mail address, for example ada@example.com."
    return None


def _open(session: Json, problem: str | None = None, buyer: paying.Buyer | None = None, status: int = 200) -> Response:
    later = next((method for method in session["payment_method_types"] if method != "card"), None)
    return page("pay.html", status, session=session, problem=problem, buyer=buyer or paying.Buyer("", ""), later=later)


def _to_success(session: Json) -> Response:
    return RedirectResponse(session["success_url"].replace("{CHECKOUT_SESSION_ID}", session["id"]), 303)


def _closed(session: Json | None) -> Response:
    if session is None:
        return page("closed.html", 404, title="Page not found", message="There is no such checkout.", link=None)
    if session["status"] == "complete":
        return page(
            "closed.html",
            title="You are all done here",
            message="You have already completed this checkout.",
            link=session["success_url"].replace("{CHECKOUT_SESSION_ID}", session["id"]),
        )
    return page(
        "closed.html",
        title="This link has expired",
        message="The time to pay is over, and nothing was charged. Go back to the shop to start again.",
        link=session["cancel_url"],
    )
