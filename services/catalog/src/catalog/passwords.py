"""Passwords, hashed with argon2id outside of the event loop."""

import asyncio
import secrets

from pwdlib import PasswordHash
from pwdlib.hashers.argon2 import Argon2Hasher

AT_ONCE = 2
"""Hashes under way together: each takes 19 MiB and a core for its time."""


class Argon2Passwords:
    """19 MiB, two passes, one lane. Source: OWASP, Password Storage Cheat Sheet."""

    def __init__(self) -> None:
        self._hasher = PasswordHash((Argon2Hasher(time_cost=2, memory_cost=19 * 1024, parallelism=1),))
        self._nobodys = self._hasher.hash(secrets.token_hex(16))
        self._slots = asyncio.Semaphore(AT_ONCE)

    async def hash(self, password: str) -> str:
        async with self._slots:
            return await asyncio.to_thread(self._hasher.hash, password)

    async def verify(self, password: str, kept: str | None) -> bool:
        """An unknown account costs the same work as a known one: its password is nobody's."""
        async with self._slots:
            matches = await asyncio.to_thread(self._hasher.verify, password, kept or self._nobodys)
        return matches and kept is not None
