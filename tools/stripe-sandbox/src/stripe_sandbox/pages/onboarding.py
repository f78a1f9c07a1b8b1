"""The hosted onboarding page behind an Account Link, `/setup/e/{account}/{token}`.

Form field `choice`: complete (verified at once), review (handed in, verified later by a control), leave. A link works
once and for five minutes, as at Stripe: whoever opened it keeps it by a cookie; anyone else goes to `refresh_url`.
"""

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from stripe_sandbox.accounts import connected
from stripe_sandbox.books import new_id
from stripe_sandbox.errors import Json
from stripe_sandbox.onboarding import onboard
from stripe_sandbox.pages.rendering import page
from stripe_sandbox.sandbox import Sandbox

PATH = "/setup/e/{account}/{token}"
COOKIE = "onboarding"


def routes(sandbox: Sandbox) -> list[BaseRoute]:
    """The page of this room."""
    pages = OnboardingPages(sandbox)
    return [Route(PATH, pages.show, methods=["GET"]), Route(PATH, pages.submit, methods=["POST"])]


class OnboardingPages:
    """What a connected account's owner sees."""

    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = sandbox

    def _link(self, request: Request) -> Json | None:
        """The link, if there is one of that token for that account."""
        link = self._sandbox.store.get(f"link_{request.path_params['token']}")
        return link if link and link["account"] == request.path_params["account"] else None

    def _usable(self, link: Json, request: Request) -> bool:
        account = self._sandbox.store.get(link["account"])
        if account is None or account["_deauthorized"] or link["expires_at"] <= self._sandbox.clock():
            return False
        return link["visitor"] in (None, request.cookies.get(COOKIE))

    async def show(self, request: Request) -> Response:
        """The form; opening it uses the link up for everybody else."""
        link = self._link(request)
        if link is None:
            return _unknown()
        if not self._usable(link, request):
            return RedirectResponse(link["refresh_url"], 303)
        visitor = link["visitor"] or new_id("", 24)
        with self._sandbox.store.transaction():
            self._sandbox.store.put(link | {"visitor": visitor})
        answer = page("onboarding.html", account=self._sandbox.store.get(link["account"]))
        answer.set_cookie(COOKIE, visitor, path=request.url.path, httponly=True, samesite="lax")
        return answer

    async def submit(self, request: Request) -> Response:
        """What the owner chose; then back to the platform."""
        link = self._link(request)
        if link is None:
            return _unknown()
        if not self._usable(link, request):
            return RedirectResponse(link["refresh_url"], 303)
        async with request.form() as form:
            choice = form.get("choice")
        with self._sandbox.store.transaction():
            books = self._sandbox.books()
            if choice in ("complete", "review"):
                onboard(books, connected(books, link["account"]), verified=choice == "complete")
            books.put(link | {"expires_at": 0})
        return RedirectResponse(link["return_url"], 303)


def _unknown() -> Response:
    return page("closed.html", 404, title="Page not found", message="There is no such link.", link=None)
