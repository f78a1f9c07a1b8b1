"""A service's own signing keys: Ed25519, the first signs, all are published."""

import json
from typing import Any

from joserfc import jwt
from joserfc.jwk import KeySet, OKPKey

from chassis.auth import ALGORITHM


class SigningKeys:
    """A key is replaced by putting another before it; the old one stays published while what it signed is in force."""

    def __init__(self, jwk_set: str) -> None:
        """`jwk_set`: a JWK Set (JSON) of private Ed25519 keys, each with a `kid`. Raises ValueError."""
        self._keys = [_private(entry) for entry in json.loads(jwk_set)["keys"]]
        if not self._keys:
            raise ValueError("there is no key to sign with")

    def sign(self, claims: dict[str, Any]) -> str:
        """`claims` as a JWT."""
        current = self._keys[0]
        return jwt.encode({"alg": ALGORITHM, "kid": current.kid}, claims, current, algorithms=[ALGORITHM])

    def jwks(self) -> dict[str, Any]:
        """The public halves, as a JWK Set (RFC 7517)."""
        return {"keys": [key.as_dict(private=False) for key in self._keys]}

    def public(self) -> KeySet:
        return KeySet.import_key_set(self.jwks())  # type: ignore[arg-type]


def generated(kid: str) -> str:
    """A JWK Set of one new private key."""
    key = OKPKey.generate_key("Ed25519", {"kid": kid, "use": "sig", "alg": ALGORITHM})
    return json.dumps({"keys": [key.as_dict(private=True)]}, separators=(",", ":"))


def _private(entry: dict[str, Any]) -> OKPKey:
    key = OKPKey.import_key({**entry, "use": "sig", "alg": ALGORITHM})
    if not key.is_private or not key.kid:
        raise ValueError("a signing key is private and has a kid")
    return key
