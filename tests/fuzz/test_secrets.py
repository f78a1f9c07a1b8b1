"""Signatures, tokens, proofs and passes: what is not right is refused, and nothing else ever happens."""

import json
import re
from contextlib import suppress
from typing import Any
from uuid import UUID

import pytest
from catalog.errors import BadSignature as BadConnectSignature
from catalog.stripe_accounts import ConnectWebhooks
from chassis import api
from chassis.auth import ALGORITHM, verify
from chassis.clock import SystemClock
from chassis.errors import Invalid, Unauthorized
from chassis.keyring import KeyRing, token_hash
from chassis.passes import Passes
from chassis.signing import SigningKeys, generated
from chassis.testing import TEST_KEYS, TEST_PASS_KEYS, sign_in, sign_pass
from checkout.errors import BadSignature, NotAnEvent
from checkout.links import BuyerLinks
from checkout.stripe_facts import KINDS, read_notice
from checkout.stripe_payments import verified
from delivery.http.downloads import LinkRequest
from hypothesis import strategies as st
from leads.errors import RegistrationUnknown
from leads.links import CONFIRM, DELETE, Links
from pydantic import ValidationError
from starlette.requests import Request
from stripe import WebhookSignature

from .inputs import ANY_TEXT, HEADER, JSON, TEXT, damaged, encoded, fuzz

CLOCK = SystemClock()
NOW = CLOCK.now()
"""When all is signed and looked at: a signature is good for five minutes, and the tests may take longer."""
SECRETS = ("whsec_first", "whsec_second")
BODY = json.dumps({"id": "evt_1", "type": "charge.refunded", "created": 1, "data": {"object": {}}})
SIGNED = WebhookSignature.generate_signature_header(BODY, SECRETS[1], int(NOW.timestamp()))
SOMEBODY = UUID(int=7)
TOKEN = sign_in(SOMEBODY)["Authorization"].removeprefix("Bearer ")
PASS = sign_pass(SOMEBODY)
RING = KeyRing.parse("k1:" + "A" * 43)
SIGNER = SigningKeys(generated("fuzz"))
BUYERS = BuyerLinks(RING, "https://pages.example")
LINKS = Links(RING, SIGNER, "https://pages.example")
PASSES = Passes(TEST_PASS_KEYS, CLOCK)
JWTS = (
    HEADER
    | damaged(TOKEN)
    | damaged(PASS)
    | st.builds(lambda *parts: ".".join(parts), *[JSON.map(encoded)] * 2, HEADER)
    | st.builds(lambda claims: ".".join([encoded({"alg": "none"}), encoded(claims), ""]), JSON)
    | st.builds(lambda kid: ".".join([encoded({"alg": ALGORITHM, "kid": kid}), *PASS.split(".")[1:]]), JSON)
)
"""Noise, tokens with a hole, and headers and claims that nobody foresaw."""
CLAIMS = st.dictionaries(
    st.sampled_from(["iss", "aud", "sub", "exp", "nbf", "iat", "jti", "page", "kind"]),
    JSON | st.sampled_from(["tempages-catalog", "tempages-leads", "tempages", "tempages-pass", 4e9, -1, str(SOMEBODY)]),
)


def test_what_is_right_is_taken() -> None:
    """Or all below would prove nothing."""
    assert verified(BODY.encode(), SIGNED, SECRETS, NOW)["id"] == "evt_1"
    assert ConnectWebhooks(",".join(SECRETS)).verified(BODY.encode(), SIGNED, NOW).id == "evt_1"
    assert verify(TOKEN, TEST_KEYS.current(), CLOCK).creator_id == SOMEBODY
    assert PASSES.verified(PASS) is not None
    assert LINKS.registration_of(CONFIRM, LINKS.token(CONFIRM, SOMEBODY)) == SOMEBODY


@fuzz(signature=HEADER | damaged(SIGNED), body=st.binary(max_size=80) | st.just(BODY.encode()))
def test_a_webhook_that_is_not_signed_is_refused(signature: str, body: bytes) -> None:
    if signature == SIGNED and body == BODY.encode():
        return
    try:
        accepted = verified(body, signature, SECRETS, NOW)
    except (BadSignature, NotAnEvent):
        return
    assert json.dumps(accepted) == BODY, "only what bears the whole signature, with noise around it"
    assert SIGNED.split("v1=")[1] in signature


@fuzz(signature=HEADER | damaged(SIGNED), body=st.binary(max_size=80) | st.just(BODY.encode()))
def test_so_is_one_of_a_connected_account(signature: str, body: bytes) -> None:
    try:
        event = ConnectWebhooks(",".join(SECRETS)).verified(body, signature, NOW)
    except BadConnectSignature:
        return
    assert (event.id, body) == ("evt_1", BODY.encode())
    assert SIGNED.split("v1=")[1] in signature


@fuzz(body=st.binary(max_size=200) | JSON.map(lambda value: json.dumps(value).encode()))
def test_what_is_signed_and_no_event_is_said_to_be_none(body: bytes) -> None:
    try:
        signature = WebhookSignature.generate_signature_header(body.decode(), SECRETS[0], int(NOW.timestamp()))
    except UnicodeDecodeError:
        return
    with suppress(NotAnEvent):
        read_notice(verified(body, signature, SECRETS, NOW))
    with suppress(BadConnectSignature):
        ConnectWebhooks(SECRETS[0]).verified(body, signature, NOW)


@fuzz(
    kind=st.sampled_from(sorted(KINDS)),
    subject=st.dictionaries(
        st.sampled_from(["id", "object", "metadata", "payment_intent", "amount_refunded", "status", "payment_status"]),
        JSON,
    ),
    created=JSON,
)
def test_an_event_of_another_shape_than_stripes_is_said_to_be_none(kind: str, subject: Any, created: Any) -> None:
    with suppress(NotAnEvent):
        read_notice({"id": "evt", "type": kind, "created": created, "data": {"object": subject}})


@fuzz(token=JWTS)
def test_an_access_token_is_the_signers_or_nobodys(token: str) -> None:
    try:
        principal = verify(token, TEST_KEYS.current(), CLOCK)
    except Unauthorized:
        return
    assert (token, principal.creator_id) == (TOKEN, SOMEBODY)


@fuzz(token=JWTS | ANY_TEXT)
def test_a_pass_is_the_signers_or_nobodys(token: str) -> None:
    assert PASSES.verified(token) is None or token == PASS


@fuzz(claims=CLAIMS)
def test_claims_that_nobody_foresaw_let_nobody_in_even_signed(claims: dict[str, Any]) -> None:
    signed = SIGNER.sign(claims)
    keys = SIGNER.public()
    try:
        principal = verify(signed, keys, CLOCK)
    except Unauthorized:
        return
    assert (claims["iss"], claims["sub"]) == ("tempages-catalog", str(principal.creator_id))
    assert "tempages" in claims["aud"]


@fuzz(token=JSON | damaged("A" * 43) | st.text("AZaz09_-", max_size=120))
def test_a_download_token_is_of_its_form_or_refused(token: Any) -> None:
    try:
        asked = LinkRequest.model_validate_json(json.dumps({"token": token}))
    except ValidationError:
        return
    assert re.fullmatch(r"[A-Za-z0-9_-]{20,100}", asked.token)
    assert len(token_hash(asked.token)) == 64


@fuzz(token=HEADER | damaged(LINKS.token(CONFIRM, SOMEBODY)) | st.just(LINKS.token(DELETE, SOMEBODY)))
def test_a_registrants_link_serves_its_own_purpose_or_nothing(token: str) -> None:
    try:
        found = LINKS.registration_of(CONFIRM, token)
    except RegistrationUnknown:
        return
    assert found == SOMEBODY
    assert token.partition(".")[2] == LINKS.token(CONFIRM, SOMEBODY).partition(".")[2]


@fuzz(proof=HEADER | TEXT | damaged(BUYERS.thanks_url(SOMEBODY).split("#")[1]))
def test_a_proof_is_the_orders_or_none(proof: str) -> None:
    assert BUYERS.proves(proof, SOMEBODY) == (proof == BUYERS.thanks_url(SOMEBODY).split("#")[1])
    assert not BUYERS.proves_customer(proof, SOMEBODY)


@fuzz(key=HEADER)
def test_an_idempotency_key_has_its_length_or_is_refused(key: str) -> None:
    headers = [(b"idempotency-key", (key * 6).encode("latin-1"))]
    try:
        found = api.idempotency_key(Request({"type": "http", "headers": headers}))
    except Invalid:
        assert not 0 < len(key * 6) <= 255
    else:
        assert found == key * 6


@pytest.mark.parametrize("at", [301, -301])
def test_a_signature_holds_five_minutes_and_no_longer_either_way(at: int) -> None:
    signature = WebhookSignature.generate_signature_header(BODY, SECRETS[0], int(NOW.timestamp()) + at)
    with pytest.raises(BadSignature):
        verified(BODY.encode(), signature, SECRETS, NOW)
    with pytest.raises(BadConnectSignature):
        ConnectWebhooks(SECRETS[0]).verified(BODY.encode(), signature, NOW)
