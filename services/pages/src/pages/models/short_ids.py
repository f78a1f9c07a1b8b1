"""The name in a page's address."""

import secrets
import string

BASE62 = string.digits + string.ascii_letters
SHORT_ID_LENGTH = 12
"""71 bits: not to be guessed, and not an authorisation either."""


def new_short_id() -> str:
    return "".join(secrets.choice(BASE62) for _ in range(SHORT_ID_LENGTH))
