"""Sessions: a short-lived access token, and a cookie that is good for one refresh; and the keys tokens bear."""

from typing import Annotated, Any, Literal

from chassis.api import InTransaction, RequestModel, ResponseModel, WithDatabase
from chassis.db import Database
from chassis.problems import problems
from chassis.ratelimit import per_address, spend
from chassis.texts import Line, deliverable
from fastapi import APIRouter, Cookie, Depends, Request, Response
from pydantic import AfterValidator, StringConstraints

from catalog.access_tokens import TOKEN_LIVES, AccessTokens
from catalog.errors import SessionEnded
from catalog.http.needs import WithAccessTokens, WithPasswords, account_named
from catalog.models.sessions import SESSION_LIVES
from catalog.use_cases.keep_session import SignedIn, end_session, open_session, refresh_session

COOKIE = "__Host-refresh"
TRIES_OF_ACCOUNT = 10
WINDOW_SECONDS = 300

router = APIRouter(tags=["sessions"])
RefreshCookie = Annotated[str | None, Cookie(alias=COOKIE, max_length=200)]


def as_registered(typed: str) -> str:
    """`typed` as registration would keep it; what is no address stays as it is, and is refused as an unknown one."""
    try:
        return deliverable(typed)
    except ValueError:
        return typed


class Credentials(RequestModel):
    email: Annotated[Line, StringConstraints(min_length=1, max_length=254), AfterValidator(as_registered)]
    password: Annotated[str, StringConstraints(strip_whitespace=False, min_length=1, max_length=200)]


class AccessTokenBody(ResponseModel):
    """Send it as `Authorization: Bearer …` for `expiresIn` seconds, then refresh."""

    access_token: str
    token_type: Literal["Bearer"] = "Bearer"  # noqa: S105 - the scheme's name
    expires_in: int


@router.post(
    "/v1/sessions",
    summary="Sign in",
    dependencies=[Depends(per_address("sign-in", 200, WINDOW_SECONDS))],
    responses=problems(401, 422, 429),
)
async def post_session(
    given: Credentials,
    request: Request,
    db: WithDatabase,
    passwords: WithPasswords,
    tokens: WithAccessTokens,
    answer: Response,
) -> AccessTokenBody:
    """The same answer, after the same work, for an unknown address and a wrong password. Throttled by both."""
    await spend(request.app.state.redis, f"sign-in-of:{account_named(given.email)}", TRIES_OF_ACCOUNT, WINDOW_SECONDS)
    signed_in = await open_session(db, passwords, given.email, given.password)
    return _answer(signed_in, tokens, db, answer)


@router.post(
    "/v1/sessions/refresh",
    summary="A new access token for the refresh cookie",
    dependencies=[Depends(per_address("refresh", 300, WINDOW_SECONDS))],
    responses=problems(401, 422, 429),
)
async def post_refresh(
    db: WithDatabase, tokens: WithAccessTokens, answer: Response, cookie: RefreshCookie = None
) -> AccessTokenBody:
    """Each cookie is good once. One that comes back ends the session for all who hold it."""
    if cookie is None:
        raise SessionEnded
    return _answer(await refresh_session(db, cookie), tokens, db, answer)


@router.delete("/v1/sessions", status_code=204, summary="Sign out", responses=problems(422))
async def delete_session(tx: InTransaction, cookie: RefreshCookie = None) -> Response:
    """Ends the session of the refresh cookie; again is harmless."""
    if cookie is not None:
        await end_session(tx, cookie)
    answer = Response(status_code=204)
    answer.delete_cookie(COOKIE, path="/", secure=True, httponly=True, samesite="strict")
    return answer


@router.get("/.well-known/jwks.json", summary="The public keys that access tokens are checked against (RFC 7517)")
async def get_jwks(tokens: WithAccessTokens, answer: Response) -> dict[str, Any]:
    answer.headers["Cache-Control"] = "public, max-age=300"
    return tokens.jwks()


def _answer(signed_in: SignedIn, tokens: AccessTokens, db: Database, answer: Response) -> AccessTokenBody:
    lives = int(SESSION_LIVES.total_seconds())
    answer.set_cookie(
        COOKIE, signed_in.refresh_token, max_age=lives, path="/", secure=True, httponly=True, samesite="strict"
    )
    access_token = tokens.issue(signed_in.creator_id, db.clock.now())
    return AccessTokenBody(access_token=access_token, expires_in=int(TOKEN_LIVES.total_seconds()))
