"""Every secret of a stack, made once, kept in one file that its owner alone may read."""

import base64
import json
import os
import secrets
from collections.abc import Callable
from pathlib import Path

from joserfc.jwk import OKPKey

from local_stack.ports import SERVICES


def _password() -> str:
    return secrets.token_hex(24)


def _key_ring() -> str:
    key = base64.urlsafe_b64encode(secrets.token_bytes(32)).rstrip(b"=").decode()
    return f"k{secrets.token_hex(3)}:{key}"


def _signing_keys() -> str:
    """A JWK set of one private Ed25519 key."""
    key = OKPKey.generate_key("Ed25519", {"kid": secrets.token_hex(8), "use": "sig", "alg": "Ed25519"})
    return json.dumps({"keys": [key.as_dict(private=True)]}, separators=(",", ":"))


MAKERS: dict[str, Callable[[], str]] = {
    "postgres": _password,
    **{f"{service}_{role}": _password for service in SERVICES for role in ("app", "owner")},
    "delivery_retention": _password,
    "amqp": _password,
    "erlang_cookie": _password,
    "s3_access_key_id": lambda: secrets.token_hex(10),
    "s3_secret_access_key": _password,
    "stripe_api_key": lambda: f"sk_test_{secrets.token_hex(24)}",
    "stripe_webhook": lambda: f"whsec_{secrets.token_hex(24)}",
    "stripe_connect_webhook": lambda: f"whsec_{secrets.token_hex(24)}",
    "catalog_link_keys": _key_ring,
    "catalog_signing_keys": _signing_keys,
    "checkout_link_keys": _key_ring,
    "leads_link_keys": _key_ring,
    "leads_signing_keys": _signing_keys,
}


def keep(file: Path) -> dict[str, str]:
    """The secrets in `file`; those that are not there yet are made and written to it."""
    kept: dict[str, str] = json.loads(file.read_text()) if file.exists() else {}
    missing = {name: make() for name, make in MAKERS.items() if name not in kept}
    if missing:
        kept |= missing
        _write_for_owner(file, json.dumps(kept, indent=2) + "\n")
    return kept


def _write_for_owner(file: Path, text: str) -> None:
    beside = file.with_suffix(".new")
    with os.fdopen(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as out:
        out.write(text)
    beside.replace(file)
