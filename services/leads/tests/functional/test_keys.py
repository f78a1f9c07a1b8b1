"""The keys that leads signs passes with, as others fetch them."""

import json

import httpx
from chassis.auth import Keys
from chassis.lifecycle import Service
from chassis.signing import SigningKeys

from .conftest import SIGNING_KEYS


async def test_the_published_keys_are_the_public_halves(client: httpx.AsyncClient, service: Service) -> None:
    answer = await client.get("/.well-known/jwks.json")
    (key,) = answer.json()["keys"]
    assert (key["kid"], key["crv"], key["use"]) == ("leads-1", "Ed25519", "sig")
    assert "d" not in key
    assert json.loads(SIGNING_KEYS)["keys"][0]["d"] not in answer.text
    assert answer.headers["cache-control"] == "public, max-age=300"
    assert isinstance(service.state["signing"], SigningKeys)
    assert Keys("unused", service.state["signing"].public()).current().keys[0].kid == "leads-1"
