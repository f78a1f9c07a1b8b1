"""An access token is of one algorithm, from catalog, for these services, and in force."""

import base64
import json
from typing import Any
from uuid import UUID

import pytest
from chassis.auth import ALGORITHM, AUDIENCE, ISSUER, verify
from chassis.clock import SystemClock
from chassis.errors import Unauthorized
from chassis.signing import SigningKeys, generated
from joserfc import jwt
from joserfc.jwk import OctKey

SIGNER = SigningKeys(generated("k1"))
CLAIMS = {"iss": ISSUER, "aud": AUDIENCE, "sub": str(UUID(int=7)), "exp": 4_000_000_000}


def refused(token: str) -> bool:
    try:
        verify(token, SIGNER.public(), SystemClock())
    except Unauthorized:
        return True
    return False


def part(value: Any) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()


def test_what_is_whole_is_taken() -> None:
    assert verify(SIGNER.sign(CLAIMS), SIGNER.public(), SystemClock()).creator_id == UUID(int=7)


@pytest.mark.parametrize(
    "change",
    [
        {"aud": "tempages-pass"},
        {"aud": None},
        {"iss": "tempages-leads"},
        {"iss": None},
        {"exp": 1},
        {"exp": None},
        {"sub": None},
        {"sub": "somebody"},
        {"nbf": 4_000_000_000},
    ],
)
def test_a_claim_that_is_missing_or_another_is_refused(change: dict[str, Any]) -> None:
    claims = {name: value for name, value in {**CLAIMS, **change}.items() if value is not None}
    assert refused(SIGNER.sign(claims))


def test_no_other_algorithm_is_taken_not_even_with_the_public_key_as_its_secret() -> None:
    public = SIGNER.jwks()["keys"][0]
    secret = OctKey.import_key(base64.urlsafe_b64decode(public["x"] + "="), {"kid": "k1"})
    assert refused(jwt.encode({"alg": "HS256", "kid": "k1"}, CLAIMS, secret, algorithms=["HS256"]))
    assert refused(f"{part({'alg': 'none'})}.{part(CLAIMS)}.")
    signature = SIGNER.sign(CLAIMS).split(".")[2]
    assert refused(f"{part({'alg': ALGORITHM, 'jwk': public})}.{part({**CLAIMS, 'sub': str(UUID(int=8))})}.{signature}")


@pytest.mark.parametrize("crit", [1, "exp", [1], ["exp"]])
def test_a_header_that_asks_for_more_is_refused(crit: Any) -> None:
    head = part({"alg": ALGORITHM, "kid": "k1", "crit": crit})
    assert refused(f"{head}.{part(CLAIMS)}.{SIGNER.sign(CLAIMS).split('.')[2]}")


def test_a_strangers_key_signs_for_nobody() -> None:
    assert refused(SigningKeys(generated("k1")).sign(CLAIMS))
