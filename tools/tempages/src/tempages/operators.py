"""Who may act on what is parked: whoever bears the token that the environment names."""

import hmac

SHORTEST = 32


class OperatorToken:
    """`OPERATOR_TOKEN`: at least 32 characters, compared in constant time. Raises ValueError for a shorter one."""

    def __init__(self, token: str) -> None:
        if len(token) < SHORTEST:
            raise ValueError(f"OPERATOR_TOKEN has fewer than {SHORTEST} characters")
        self._token = token.encode()

    def is_borne_by(self, credentials: str) -> bool:
        return hmac.compare_digest(self._token, credentials.encode())
