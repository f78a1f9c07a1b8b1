"""The links in a registrant's mails."""

from uuid import UUID

import pytest
from chassis.clock import new_id
from chassis.keyring import KeyRing
from chassis.signing import SigningKeys, generated
from leads.errors import RegistrationUnknown
from leads.links import CONFIRM, DELETE, Links

OLD, NEW = b"o" * 32, b"n" * 32


def links(**keys: bytes) -> Links:
    return Links(KeyRing(keys), SigningKeys(generated("test")), "https://pages.example")


def test_a_token_names_its_registration() -> None:
    registration = new_id()
    ours = links(new=NEW)
    assert ours.registration_of(CONFIRM, ours.token(CONFIRM, registration)) == registration


def test_a_token_serves_its_own_purpose_alone() -> None:
    ours = links(new=NEW)
    with pytest.raises(RegistrationUnknown):
        ours.registration_of(CONFIRM, ours.token(DELETE, new_id()))


def test_a_token_is_bound_to_its_registration() -> None:
    ours = links(new=NEW)
    secret = ours.token(CONFIRM, new_id()).partition(".")[2]
    with pytest.raises(RegistrationUnknown):
        ours.registration_of(CONFIRM, f"{new_id()}.{secret}")


@pytest.mark.parametrize("token", ["", ".", "nonsense", "nonsense.secret", f"{UUID(int=1)}", f"{UUID(int=1)}."])
def test_what_is_no_token_is_unknown(token: str) -> None:
    with pytest.raises(RegistrationUnknown):
        links(new=NEW).registration_of(CONFIRM, token)


def test_a_link_mailed_under_the_key_before_still_works() -> None:
    registration = new_id()
    token = links(old=OLD).token(CONFIRM, registration)
    assert links(new=NEW, old=OLD).registration_of(CONFIRM, token) == registration
    with pytest.raises(RegistrationUnknown):
        links(new=NEW).registration_of(CONFIRM, token)


def test_links_that_are_read_by_eye_bear_their_token_behind_a_hash() -> None:
    registration = new_id()
    ours = links(new=NEW)
    assert ours.confirm_url(registration).startswith(f"https://pages.example/r/confirm#{registration}.")
    assert ours.delete_url(registration).startswith(f"https://pages.example/r/delete#{registration}.")
