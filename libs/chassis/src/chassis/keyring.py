"""Keys by id, the first of which signs; older ones still verify, so that a key can be changed without a break."""

import base64
import hashlib
import hmac
from typing import Self


class KeyRing:
    """Derives secrets by HMAC-SHA-256, so that nothing secret need be stored."""

    def __init__(self, keys: dict[str, bytes]) -> None:
        if not keys or any(len(key) < 32 for key in keys.values()):
            raise ValueError("a key ring needs at least one key, each of 32 bytes or more")
        self._keys = keys
        self.current = next(iter(keys))

    @classmethod
    def parse(cls, value: str) -> Self:
        """From `kid:base64url,kid:base64url`, the current key first."""
        pairs = (entry.strip().split(":", 1) for entry in value.split(","))
        return cls({kid: base64.urlsafe_b64decode(key + "=" * (-len(key) % 4)) for kid, key in pairs})

    def derive(self, purpose: str, *parts: str, kid: str | None = None) -> str:
        """43 characters of base64url (32 bytes) for `purpose` and `parts`, under the key `kid` (the current one)."""
        message = "".join(f"{len(part)}:{part}" for part in (purpose, *parts)).encode()
        digest = hmac.digest(self._keys[kid or self.current], message, "sha256")
        return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()

    def verifies(self, secret: str, purpose: str, *parts: str) -> bool:
        """Whether `secret` was derived so, under any key of the ring; in constant time."""
        candidates = [self.derive(purpose, *parts, kid=kid) for kid in self._keys]
        return sum(hmac.compare_digest(secret.encode(), candidate.encode()) for candidate in candidates) > 0

    def token(self, purpose: str, name: str) -> str:
        """`<name>.<secret>`: what a link bears about the thing `name`. One purpose's does not serve another."""
        return f"{name}.{self.derive(purpose, name)}"

    def named_in(self, purpose: str, token: str) -> str | None:
        """The name in a token that was made for `purpose`; None when it was not."""
        name, _, secret = token.rpartition(".")
        return name if self.verifies(secret, purpose, name) else None


def token_hash(token: str) -> str:
    """SHA-256 of a token, in hex: what is stored and told in its place."""
    return hashlib.sha256(token.encode()).hexdigest()
