"""Every published event has a golden JSON, which today's code still consumes and which nobody changes."""

import hashlib
import json
from importlib import import_module
from pathlib import Path
from typing import Any

import contracts
import pytest
from contracts import Envelope, Event
from contracts.checkout import OrderPaid
from pydantic import ValidationError

for owner in ("catalog", "pages", "checkout", "delivery", "leads"):
    import_module(f"contracts.{owner}")

SCHEMAS = Path(contracts.__file__).parent / "schemas"
EVENTS = sorted((key, event) for key, event in Event.known.items() if event.__module__.startswith("contracts."))


def golden(key: str) -> bytes:
    return (SCHEMAS / f"{key}.json").read_bytes()


def consumed(event: type[Event], body: bytes) -> Envelope[Any]:
    typed: Any = Envelope
    envelope: Envelope[Any] = typed[event].model_validate_json(body)
    return envelope


def is_within(part: Any, whole: Any) -> bool:
    """Whether `whole` says all that `part` says, and perhaps more."""
    if isinstance(part, dict):
        return isinstance(whole, dict) and all(k in whole and is_within(v, whole[k]) for k, v in part.items())
    return bool(part == whole)


@pytest.mark.parametrize(("key", "event"), EVENTS)
def test_a_golden_is_still_consumed_and_nothing_it_says_is_lost(key: str, event: type[Event]) -> None:
    envelope = consumed(event, golden(key))
    assert envelope.type == f"tempages.{key}"
    assert envelope.subject == str(envelope.data.id)
    assert envelope.sequence == envelope.data.version
    assert is_within(json.loads(golden(key)), json.loads(envelope.to_json()))


@pytest.mark.parametrize(("key", "event"), EVENTS)
def test_a_consumer_ignores_what_a_later_version_adds(key: str, event: type[Event]) -> None:
    later = json.loads(golden(key))
    later["data"]["addedLater"] = {"anything": 1}
    later["addedextension"] = "x"
    assert consumed(event, json.dumps(later).encode()).data.id


def test_the_goldens_are_those_that_were_published() -> None:
    pinned = dict(line.split("  ")[::-1] for line in (SCHEMAS / "SHA256SUMS").read_text().splitlines())
    present = {file.name: hashlib.sha256(file.read_bytes()).hexdigest() for file in SCHEMAS.glob("*.json")}
    assert present == pinned, "a published event changed: add a .v2 beside it, and its golden to SHA256SUMS"


def test_every_key_names_its_owner_and_version() -> None:
    for key, event in EVENTS:
        service, aggregate, fact, version = key.split(".")
        assert event.__module__ == f"contracts.{service}"
        assert aggregate
        assert fact
        assert version.removeprefix("v").isdigit()


def test_a_golden_that_lost_a_field_fails() -> None:
    broken = json.loads(golden("checkout.order.paid.v1"))
    del broken["data"]["tokenHash"]
    with pytest.raises(ValidationError, match="tokenHash"):
        Envelope[OrderPaid].model_validate(broken)
