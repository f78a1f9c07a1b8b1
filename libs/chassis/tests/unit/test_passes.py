"""A pass opens what it says, in its window, signed by leads: anything else is no pass."""

import json
from datetime import timedelta
from typing import Any

import pytest
from chassis.auth import Keys
from chassis.clock import new_id
from chassis.passes import Pass, Passes, PassKind
from chassis.signing import SigningKeys, generated
from chassis.testing import TEST_KEYS, TEST_PASS_KEYS, SettableClock, sign_in, sign_pass

PAGE, REGISTRATION = new_id(), new_id()


@pytest.fixture
def clock() -> SettableClock:
    return SettableClock()


def a_pass(clock: SettableClock) -> Pass:
    now = clock.now().replace(microsecond=0)
    window = {"not_before": now, "expires_at": now + timedelta(minutes=5)}
    return Pass(id=new_id(), kind=PassKind.EARLY_ACCESS, registration_id=REGISTRATION, page_id=PAGE, **window)


def passes(keys: SigningKeys, clock: SettableClock) -> Passes:
    return Passes(Keys("http://127.0.0.1:1/unused", keys.public()), clock)


def test_a_pass_comes_back_as_it_was_signed(clock: SettableClock) -> None:
    keys, signed = SigningKeys(generated("one")), a_pass(clock)
    assert passes(keys, clock).verified(keys.sign(signed.claims())) == signed


def test_a_pass_is_in_force_from_its_first_instant_until_its_last(clock: SettableClock) -> None:
    token = sign_pass(
        PAGE, not_before=clock.now() + timedelta(minutes=1), expires_at=clock.now() + timedelta(minutes=2)
    )
    verifier, found = Passes(TEST_PASS_KEYS, clock), []
    for minutes in (0, 1.5, 2.5):
        clock.set(SettableClock().now() + timedelta(minutes=minutes))
        found.append(verifier.verified(token) is not None)
    assert found == [False, True, False]


def test_a_pass_never_lasts_longer_than_its_window(clock: SettableClock) -> None:
    now = clock.now().replace(microsecond=500_000)
    claims = Pass(new_id(), PassKind.LEAD, REGISTRATION, PAGE, now, now + timedelta(seconds=10)).claims()
    assert now.timestamp() <= claims["nbf"] < claims["exp"] <= now.timestamp() + 10


def test_a_replaced_key_s_passes_stay_in_force_while_it_is_published(clock: SettableClock) -> None:
    older, newer = generated("older"), generated("newer")
    both = json.dumps({"keys": json.loads(newer)["keys"] + json.loads(older)["keys"]})
    token = SigningKeys(older).sign(a_pass(clock).claims())
    assert passes(SigningKeys(both), clock).verified(token) is not None
    assert passes(SigningKeys(newer), clock).verified(token) is None


@pytest.mark.parametrize(
    "changed",
    [
        {"iss": "tempages-catalog"},
        {"aud": "tempages"},
        {"kind": "owner"},
        {"page": "not-an-id"},
        {"sub": 7},
        {"jti": None},
        {"exp": 10**30},
        {"nbf": None},
    ],
)
def test_other_claims_are_no_pass(clock: SettableClock, changed: dict[str, Any]) -> None:
    keys = SigningKeys(generated("one"))
    assert passes(keys, clock).verified(keys.sign({**a_pass(clock).claims(), **changed})) is None


@pytest.mark.parametrize("missing", ["iss", "aud", "sub", "page", "kind", "jti", "nbf", "exp"])
def test_every_claim_is_needed(clock: SettableClock, missing: str) -> None:
    keys = SigningKeys(generated("one"))
    claims = {name: value for name, value in a_pass(clock).claims().items() if name != missing}
    assert passes(keys, clock).verified(keys.sign(claims)) is None


def test_a_stranger_s_signature_an_access_token_and_nonsense_are_no_pass(clock: SettableClock) -> None:
    verifier = Passes(TEST_PASS_KEYS, clock)
    strangers = SigningKeys(generated("test-pass")).sign(a_pass(clock).claims())
    access = sign_in(new_id())["Authorization"].removeprefix("Bearer ")
    genuine = sign_pass(PAGE)
    assert verifier.verified(genuine) is not None
    for token in (None, "", "nonsense", "a.b.c", "x" * 5000, strangers, access, genuine[:-4] + "AAAA", genuine + "é"):
        assert verifier.verified(token) is None
    assert Passes(TEST_KEYS, clock).verified(access) is None


def test_while_no_key_is_known_nobody_is_let_in(clock: SettableClock) -> None:
    assert Passes(Keys("http://127.0.0.1:1/unused"), clock).verified(sign_pass(PAGE)) is None


def test_a_key_set_without_a_private_key_or_a_kid_is_refused() -> None:
    public = SigningKeys(generated("one")).jwks()
    (nameless,) = json.loads(generated("one"))["keys"]
    del nameless["kid"]
    for keys in ([], public["keys"], [nameless]):
        with pytest.raises(ValueError, match="key"):
            SigningKeys(json.dumps({"keys": keys}))
