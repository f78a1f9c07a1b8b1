"""How a password is kept."""

from catalog.passwords import Argon2Passwords


async def test_a_password_is_kept_as_argon2id_at_its_strength() -> None:
    kept = await Argon2Passwords().hash("a long pass phrase")
    assert kept.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
