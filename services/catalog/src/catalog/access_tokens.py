"""Access tokens: EdDSA JWTs that every service checks by itself against the keys published here."""

import json
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from chassis.auth import ALGORITHM, AUDIENCE, ISSUER
from joserfc import jwt
from joserfc.jwk import KeySet, OKPKey

TOKEN_LIVES = timedelta(minutes=15)


class AccessTokens:
    """Signs with the first key of the set and publishes all: a key is replaced by putting another before it."""

    def __init__(self, signing_keys: str) -> None:
        """`signing_keys`: a JWK Set (JSON) of private Ed25519 keys, each with a `kid`."""
        self._keys = [_private(entry) for entry in json.loads(signing_keys)["keys"]]
        if not self._keys:
            raise ValueError("there is no key to sign with")
        self.public = KeySet.import_key_set(self.jwks())  # type: ignore[arg-type]

    def issue(self, creator_id: UUID, now: datetime) -> str:
        current = self._keys[0]
        claims = {
            "iss": ISSUER,
            "aud": AUDIENCE,
            "sub": str(creator_id),
            "iat": int(now.timestamp()),
            "exp": int((now + TOKEN_LIVES).timestamp()),
        }
        return jwt.encode({"alg": ALGORITHM, "kid": current.kid}, claims, current, algorithms=[ALGORITHM])

    def jwks(self) -> dict[str, Any]:
        """The public halves, as a JWK Set (RFC 7517)."""
        return {"keys": [key.as_dict(private=False) for key in self._keys]}


def _private(entry: dict[str, Any]) -> OKPKey:
    key = OKPKey.import_key({**entry, "use": "sig", "alg": ALGORITHM})
    if not key.is_private or not key.kid:
        raise ValueError("a signing key is private and has a kid")
    return key
