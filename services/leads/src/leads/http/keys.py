"""The keys that pages and checkout check passes against."""

from typing import Any

from chassis.signing import SigningKeys
from fastapi import APIRouter, Request, Response

router = APIRouter(tags=["keys"])


@router.get(
    "/.well-known/jwks.json",
    operation_id="readKeys",
    summary="The public keys that passes are checked against (RFC 7517)",
)
async def read_keys(request: Request, answer: Response) -> dict[str, Any]:
    signing: SigningKeys = request.app.state.signing
    answer.headers["Cache-Control"] = "public, max-age=300"
    return signing.jwks()
