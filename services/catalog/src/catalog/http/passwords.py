"""Passwords as they are given, and how often one may be tried."""

from typing import Annotated

from chassis.auth import Principal
from chassis.ratelimit import spend
from fastapi import Request
from pydantic import StringConstraints

Password = Annotated[str, StringConstraints(strip_whitespace=False, min_length=8, max_length=200)]
"""Any characters, blanks included. Source: OWASP ASVS 5.0, 6.2.1 and 6.2.9."""
GivenPassword = Annotated[str, StringConstraints(strip_whitespace=False, min_length=1, max_length=200)]
"""What may be the password, of whatever length passwords once were asked for."""


async def count_try(request: Request, who: Principal) -> None:
    """Raises TooManyRequests for an account whose password is being guessed."""
    await spend(request.app.state.redis, f"password:{who.creator_id}", 20, 300)
