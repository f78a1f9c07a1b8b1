"""Pages: the registration form's answer where no script runs, and the two that ask before they act."""

from collections.abc import Callable, Coroutine, Mapping
from typing import Any
from urllib.parse import parse_qsl

from chassis import telemetry
from chassis.api import EvenlyTimedRoute, InTransaction
from chassis.errors import Problem
from chassis.sources import source_of
from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import HTMLResponse
from pydantic import ValidationError
from starlette.datastructures import Headers
from starlette.routing import Match
from starlette.types import Scope
from storefront import Storefront, views

from leads import store
from leads.answers import from_html_form
from leads.errors import AnswersRefused
from leads.http.dependencies import OpenPage, Shop, WithLinks, throttle
from leads.http.wire import RegistrationRequest
from leads.models import MirroredPage
from leads.use_cases.register_lead import Applicant, register_lead

FORM = "application/x-www-form-urlencoded"
FORM_SCHEMA = {
    "type": "object",
    "required": ["email"],
    "properties": {name: {"type": "string"} for name in ("email", "name", "source")},
    "additionalProperties": {"type": "string"},
}
AS_HTML = {"text/html": {"schema": {"type": "string"}}}
REGISTER = "/api/leads/register/{short_id}"
CONFIRM = "/api/leads/v1/registrations/confirm"
DELETE = "/api/leads/v1/registrations/delete"
"""As a browser reaches them: through the edge."""
MOST_FIELDS = 200


class BadForm(Problem):
    status, slug, title = 400, "bad-form", "The form could not be read"


class FormRoute(EvenlyTimedRoute):
    """Takes what a browser's form sends, and says what is wrong as a page; anything else goes to the next route."""

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        sent = Headers(scope=scope).get("content-type", "") if scope["type"] == "http" else ""
        return super().matches(scope) if sent.startswith(FORM) else (Match.NONE, {})

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        handler = super().get_route_handler()

        async def answer(request: Request) -> Response:
            try:
                return await handler(request)
            except Problem as problem:
                return _show_problem(request.app.state.shop, problem)

        return answer


router = APIRouter(tags=["pages"], default_response_class=HTMLResponse)
forms = APIRouter(tags=["pages"], route_class=FormRoute, dependencies=[Depends(throttle)])


@router.get("/r/confirm", operation_id="confirmPage", summary="The page that asks before it confirms")
async def confirm_page(shop: Shop) -> HTMLResponse:
    return _page(shop, views.ConfirmRegistration(action_url=CONFIRM))


@router.get("/r/delete", operation_id="deletePage", summary="The page that asks before it deletes")
async def delete_page(shop: Shop) -> HTMLResponse:
    return _page(shop, views.DeleteRegistration(action_url=DELETE))


@forms.post("/v1/public/pages/{shortId}/registrations", include_in_schema=False)
@forms.post(
    "/register/{shortId}",
    status_code=202,
    operation_id="registerByForm",
    summary="Register from a browser's form: `email`, `name`, `customFields.<name>`",
    response_class=HTMLResponse,
    responses={
        status: {"description": "A page that says why", "content": AS_HTML} for status in (400, 404, 410, 422, 429, 503)
    },
    openapi_extra={"requestBody": {"required": True, "content": {FORM: {"schema": FORM_SCHEMA}}}},
)
async def register_by_form(
    request: Request, page: OpenPage, shop: Shop, links: WithLinks, tx: InTransaction
) -> HTMLResponse:
    sent = await _fields(request)
    title = await store.title_of(tx.session, page) or "This page"
    page_url = links.page_url(page.short_id)
    try:
        asked = _request(page, sent)
        await register_lead(tx, page, Applicant(asked.email, asked.name, asked.custom_fields, asked.source))
    except (ValidationError, AnswersRefused) as error:
        action = REGISTER.format(short_id=page.short_id)
        form = views.RegistrationForm(
            action=action,
            questions=page.form,
            source=source_of(sent.get("source")),
            values=sent,
            errors=_wrong(error),
        )
        shown = views.RegistrationPage(page_title=title, page_url=page_url, form=form, accent=page.accent)
        return _page(shop, shown, 422)
    return _page(shop, views.CheckMail(page_title=title, page_url=page_url, accent=page.accent), 202)


router.include_router(forms)


async def _fields(request: Request) -> dict[str, str]:
    try:
        return dict(parse_qsl((await request.body()).decode(), keep_blank_values=True, max_num_fields=MOST_FIELDS))
    except ValueError as error:
        raise BadForm from error


def _request(page: MirroredPage, sent: Mapping[str, str]) -> RegistrationRequest:
    """The same as JSON would have brought; raises ValidationError."""
    return RegistrationRequest(
        email=sent.get("email", ""),
        name=sent.get("name") or None,
        custom_fields=from_html_form(page.form, sent),
        source=sent.get("source"),
    )


def _wrong(error: ValidationError | AnswersRefused) -> dict[str, str]:
    """What is wrong, by the form's own names."""
    if isinstance(error, ValidationError):
        return {str(found["loc"][0]): found["msg"] for found in error.errors()}
    return {found["pointer"].removeprefix("#/").replace("/", "."): found["detail"] for found in error.more["errors"]}


def _page(shop: Storefront, shown: views.View, status: int = 200) -> HTMLResponse:
    return HTMLResponse(shop.show(shown), status, shop.security_headers(private=True))


def _show_problem(shop: Storefront, problem: Problem) -> HTMLResponse:
    if problem.status == 404:
        return _page(shop, views.PageNotFound(), 404)
    shown = views.Problem(
        title=problem.title,
        detail=problem.detail or "",
        status=problem.status,
        request_id=telemetry.request_id.get(),
    )
    response = _page(shop, shown, problem.status)
    response.headers.update(problem.headers)
    return response
