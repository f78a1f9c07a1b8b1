"""The Stripe sandbox, told where our webhooks are."""

import json
import sys
from typing import Any

from local_stack import probes
from local_stack.addresses import Addresses
from local_stack.places import State
from local_stack.processes import Part


def part(state: State, addresses: Addresses) -> Part:
    folder = state.folder("stripe")
    config = folder / "config.json"
    url, port = addresses.origin("stripe"), addresses.ports["stripe"]

    async def prepare() -> None:
        config.touch(mode=0o600)
        config.write_text(json.dumps(_config(addresses), indent=2))

    options = ["--host", "127.0.0.1", "--port", str(port), "--data", str(folder), "--config", str(config)]
    return Part(
        name="stripe",
        command=[sys.executable, "-m", "stripe_sandbox", *options],
        ready=probes.http(f"{url}/sandbox/health"),
        prepare=prepare,
        ports=(port,),
        grace=5,
    )


def _config(addresses: Addresses) -> dict[str, Any]:
    edge = addresses.origin("edge")
    return {
        "api_key": addresses.secrets["stripe_api_key"],
        "public_url": addresses.origin("stripe"),
        "webhooks": [
            _webhook(f"{edge}/api/checkout/v1/webhooks/stripe", addresses.secrets["stripe_webhook"], connect=False),
            _webhook(
                f"{edge}/api/catalog/v1/webhooks/stripe", addresses.secrets["stripe_connect_webhook"], connect=True
            ),
        ],
    }


def _webhook(url: str, secret: str, *, connect: bool) -> dict[str, Any]:
    return {"url": url, "secret": secret, "connect": connect, "enabled_events": ["*"]}
