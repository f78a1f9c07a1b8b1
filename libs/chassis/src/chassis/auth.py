"""Who asks: a creator, by an access token (EdDSA JWT, checked against catalog's published keys) or by an API key.

Both are checked offline. What a key may do, routes say: see `scopes`.
"""

import asyncio
from dataclasses import dataclass
from typing import Annotated, Any
from uuid import UUID

import httpx
from fastapi import Depends, Request, Security
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer, SecurityScopes
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet
from joserfc.jwt import JWTClaimsRegistry

from chassis import api_keys, telemetry
from chassis.clock import Clock
from chassis.errors import Problem, Unauthorized

log = telemetry.logger(__name__)
ISSUER = "tempages-catalog"
AUDIENCE = "tempages"
ALGORITHM = "Ed25519"
"""EdDSA by its fully specified name (RFC 9864)."""
REFRESH_SECONDS = 300
RETRY_SECONDS = 1


class KeysUnavailable(Problem):
    """This process has not yet fetched the keys that tokens are checked against."""

    status, slug, title = 503, "signing-keys-unavailable", "Sign-ins cannot be checked for a moment"


class KeyNotAllowed(Problem):
    """An API key, where only a creator who signed in may act: whatever its scopes."""

    status, slug, title = 403, "not-for-api-keys", "API keys cannot be used for this; sign in"


class ScopeMissing(Problem):
    status, slug, title = 403, "insufficient-scope", "This API key may not do this"

    def __init__(self, needed: str) -> None:
        challenge = f'Bearer error="insufficient_scope", scope="{needed}"'
        super().__init__(f"It lacks the scope {needed}.", headers={"WWW-Authenticate": challenge}, scope=needed)


class Keys:
    """The public keys, fetched ahead and kept. While the publisher is down, those known stay in force."""

    def __init__(self, jwks_url: str, known: KeySet | None = None) -> None:
        self._url = jwks_url
        self._set = known

    async def refresh(self) -> bool:
        """Whether the keys were fetched."""
        try:
            async with httpx.AsyncClient(timeout=5) as client:
                response = (await client.get(self._url)).raise_for_status()
                self._set = KeySet.import_key_set(response.json())
        except Exception as error:  # noqa: BLE001 - whatever is answered there, those known stay in force
            log.warning("signing keys not fetched", error=f"{type(error).__name__}: {error}")
            return False
        return True

    async def run(self, stopping: asyncio.Event) -> None:
        """Fetch now, and again every five minutes."""
        while not stopping.is_set():
            pause = REFRESH_SECONDS if await self.refresh() else RETRY_SECONDS
            try:
                async with asyncio.timeout(pause):
                    await stopping.wait()
            except TimeoutError:
                continue

    def current(self) -> KeySet:
        if self._set is None:
            raise KeysUnavailable(retry_after=1)
        return self._set


@dataclass(frozen=True)
class Principal:
    """Who asks: a creator."""

    creator_id: UUID


def verify(token: str, keys: KeySet, clock: Clock) -> Principal:
    """Who `token` was issued to; raises Unauthorized. One algorithm, our issuer and audience, not expired."""
    claims_are = JWTClaimsRegistry(
        now=lambda: int(clock.now().timestamp()),
        leeway=5,
        iss={"essential": True, "value": ISSUER},
        aud={"essential": True, "value": AUDIENCE},
        sub={"essential": True},
        exp={"essential": True},
    )
    try:
        claims: dict[str, Any] = jwt.decode(token, keys, algorithms=[ALGORITHM]).claims
        claims_are.validate(claims)
        return Principal(UUID(claims["sub"]))
    except (JoseError, TypeError, ValueError) as error:
        raise Unauthorized("The access token is not valid; sign in again.") from error


_bearer = HTTPBearer(
    auto_error=False,
    description="An access token from catalog's /v1/sessions, which may do everything; or an API key (tp_live_…),"
    " which may do what names a scope that it has",
)


async def signed_in(
    request: Request,
    needed: SecurityScopes,
    credentials: Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer)],
) -> Principal:
    """Dependency: the creator who asks; 401 otherwise, 403 for a key without the scope that the route names."""
    if credentials is None:
        raise Unauthorized("Send the access token as `Authorization: Bearer …`.")
    if credentials.credentials.startswith(api_keys.PREFIX):
        return await _bearer_of_key(request, credentials.credentials, needed.scopes)
    return signed_in_as(request, credentials.credentials)


def signed_in_as(request: Request, token: str) -> Principal:
    """Who an access token was issued to; raises Unauthorized, or KeysUnavailable."""
    keys: Keys = request.app.state.keys
    clock: Clock = request.app.state.db.clock
    return verify(token, keys.current(), clock)


async def _bearer_of_key(request: Request, presented: str, needed: list[str]) -> Principal:
    """Whose key it is. A route that names no scope is for nobody's key."""
    db = request.app.state.db
    key = await api_keys.find_key(db, presented)
    if not needed:
        raise KeyNotAllowed
    for scope in needed:
        if scope not in key.scopes:
            raise ScopeMissing(scope)
    await api_keys.note_use(db, key, request.app.state.key_used)
    return Principal(key.creator_id)


SignedIn = Annotated[Principal, Security(signed_in)]
"""A creator who signed in; no key."""
