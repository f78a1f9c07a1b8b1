"""Derived secrets verify under every key of the ring, and under no other purpose."""

import base64

import pytest
from chassis.keyring import KeyRing, token_hash

OLD, NEW = b"o" * 32, b"n" * 32


def test_a_secret_verifies_after_the_key_was_changed() -> None:
    secret = KeyRing({"1": OLD}).derive("token", "order", "1")
    assert KeyRing({"2": NEW, "1": OLD}).verifies(secret, "token", "order", "1")
    assert not KeyRing({"2": NEW}).verifies(secret, "token", "order", "1")


def test_a_secret_is_for_one_purpose_and_thing() -> None:
    ring = KeyRing({"1": OLD})
    secret = ring.derive("token", "order", "1")
    assert len(secret) == 43
    assert not ring.verifies(secret, "proof", "order", "1")
    assert not ring.verifies(secret, "token", "order", "2")
    assert not ring.verifies(secret, "token", "order\x001")


def test_a_ring_is_read_from_its_setting() -> None:
    encoded = base64.urlsafe_b64encode(NEW).rstrip(b"=").decode()
    ring = KeyRing.parse(f"2:{encoded},1:{base64.urlsafe_b64encode(OLD).decode()}")
    assert ring.current == "2"
    assert ring.derive("x") == KeyRing({"2": NEW}).derive("x")


def test_a_short_key_is_refused() -> None:
    with pytest.raises(ValueError, match="32 bytes"):
        KeyRing({"1": b"short"})


def test_a_token_is_known_by_its_hash() -> None:
    assert token_hash("abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"


def test_a_token_names_its_thing_for_its_purpose_alone() -> None:
    ring = KeyRing({"1": OLD})
    token = ring.token("confirm", "lead.with.dots")
    assert ring.named_in("confirm", token) == "lead.with.dots"
    assert ring.named_in("delete", token) is None
    assert ring.named_in("confirm", token[:-1]) is None
    assert ring.named_in("confirm", "lead") is None
