import base64
import json
import stat
from pathlib import Path

from joserfc.jwk import KeySet
from local_stack import credentials


def test_secrets_are_made_once_and_for_their_owner_alone(tmp_path: Path) -> None:
    file = tmp_path / "secrets.json"
    made = credentials.keep(file)
    assert credentials.keep(file) == made
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert len(set(made.values())) == len(made)


def test_a_secret_that_is_new_joins_those_that_are_kept(tmp_path: Path) -> None:
    file = tmp_path / "secrets.json"
    file.write_text(json.dumps({"amqp": "kept"}))
    assert credentials.keep(file)["amqp"] == "kept"
    assert set(credentials.keep(file)) == set(credentials.MAKERS)


def test_keys_have_the_forms_that_the_services_read(tmp_path: Path) -> None:
    made = credentials.keep(tmp_path / "secrets.json")
    for keys in ("catalog_signing_keys", "leads_signing_keys"):
        (key,) = KeySet.import_key_set(json.loads(made[keys])).keys
        assert key.is_private
        assert key.kid
    for ring in ("catalog_link_keys", "checkout_link_keys", "leads_link_keys"):
        _, encoded = made[ring].split(":")
        assert len(base64.urlsafe_b64decode(encoded + "=")) == 32
