"""Passes: what leads signs for a registrant, and pages and checkout check offline.

An EdDSA JWT: `sub` = the registration, `page` = the page it is for, `kind`, and its window [nbf, exp).
It travels as `/p/{shortId}?pass=…`, then as the form's field `pass`.
"""

import math
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Annotated, Any, Self
from uuid import UUID

from fastapi import Depends, Request
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwt import JWTClaimsRegistry

from chassis.auth import ALGORITHM, Keys, KeysUnavailable
from chassis.clock import Clock

ISSUER = "tempages-leads"
AUDIENCE = "tempages-pass"
MOST_CHARACTERS = 2048


class PassKind(StrEnum):
    """What a pass does for its bearer: `lead` opens nothing, it says who came."""

    LEAD = "lead"
    EARLY_ACCESS = "early-access"
    WAITING_LIST = "waiting-list"


@dataclass(frozen=True)
class Pass:
    """Who comes, to which page, in which window. `id` is the JWT's: a waiting list's pass bears its offer's."""

    id: UUID
    kind: PassKind
    registration_id: UUID
    page_id: UUID
    not_before: datetime
    expires_at: datetime

    def claims(self) -> dict[str, Any]:
        """Whole seconds within the window: a pass never opens sooner or lasts longer than it says."""
        return {
            "iss": ISSUER,
            "aud": AUDIENCE,
            "sub": str(self.registration_id),
            "page": str(self.page_id),
            "kind": self.kind.value,
            "jti": str(self.id),
            "nbf": math.ceil(self.not_before.timestamp()),
            "exp": math.floor(self.expires_at.timestamp()),
        }

    @classmethod
    def of(cls, claims: dict[str, Any]) -> Self:
        """From a JWT's claims; raises KeyError, TypeError or ValueError for what is no pass."""
        return cls(
            id=UUID(claims["jti"]),
            kind=PassKind(claims["kind"]),
            registration_id=UUID(claims["sub"]),
            page_id=UUID(claims["page"]),
            not_before=datetime.fromtimestamp(claims["nbf"], UTC),
            expires_at=datetime.fromtimestamp(claims["exp"], UTC),
        )


class Passes:
    """Checks passes against leads's keys, which are fetched ahead."""

    def __init__(self, keys: Keys, clock: Clock) -> None:
        self._keys = keys
        self._clock = clock

    def verified(self, token: str | None) -> Pass | None:
        """The pass, in its window; None for all else, and while no key is known yet: then its bearer is anybody."""
        if not token or len(token) > MOST_CHARACTERS:
            return None
        try:
            claims = jwt.decode(token, self._keys.current(), algorithms=[ALGORITHM]).claims
            self._registry().validate(claims)
            return Pass.of(claims)
        except (JoseError, KeysUnavailable, KeyError, TypeError, ValueError, AttributeError, OverflowError):
            return None

    def _registry(self) -> JWTClaimsRegistry:
        return JWTClaimsRegistry(
            now=lambda: int(self._clock.now().timestamp()),
            leeway=0,
            iss={"essential": True, "value": ISSUER},
            aud={"essential": True, "value": AUDIENCE},
            nbf={"essential": True},
            exp={"essential": True},
        )


async def _passes(request: Request) -> Passes:
    passes: Passes = request.app.state.passes
    return passes


WithPasses = Annotated[Passes, Depends(_passes)]
"""The gateway's verifier, of a service that was given `pass_keys`."""
