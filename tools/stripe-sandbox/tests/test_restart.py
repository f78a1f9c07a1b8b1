"""`python -m stripe_sandbox`, killed and started again on the same data."""

import asyncio
import contextlib
import json
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import stripe
from stripe_sandbox.testing import CONNECT_SECRET, PATIENCE, PLATFORM_SECRET, Receiver, listen, sdk, serving


@contextlib.asynccontextmanager
async def process(arguments: list[str], url: str) -> AsyncIterator[asyncio.subprocess.Process]:
    child = await asyncio.create_subprocess_exec(sys.executable, "-m", "stripe_sandbox", *arguments)
    try:
        async with asyncio.timeout(PATIENCE), httpx.AsyncClient() as http:
            while True:
                with contextlib.suppress(httpx.TransportError):
                    if (await http.get(url + "/sandbox/health")).status_code == 200:
                        break
                await asyncio.sleep(0.05)
        yield child
    finally:
        if child.returncode is None:
            child.terminate()
        await child.wait()


async def test_what_was_answered_outlives_a_kill(tmp_path: Path) -> None:
    hooks, hooks_url = listen()
    hooks.close()
    probe, url = listen()
    probe.close()
    config = tmp_path / "sandbox.json"
    webhooks = [
        {"url": hooks_url + "/platform", "secret": PLATFORM_SECRET},
        {"url": hooks_url + "/connect", "secret": [CONNECT_SECRET, "whsec_old"], "connect": True},
    ]
    config.write_text(json.dumps({"api_key": "sk_test_mine", "webhooks": webhooks, "retries": {"cap": 0.2}}))
    arguments = ["--port", url.rpartition(":")[2], "--data", str(tmp_path / "data"), "--config", str(config)]
    key: stripe.RequestOptions = {"idempotency_key": "account:a9:1"}

    async with process(arguments, url) as child, sdk("sk_test_mine", url) as client:
        account = await client.v1.accounts.create_async(params={}, options=key)
        async with httpx.AsyncClient(base_url=url, timeout=PATIENCE) as http:
            assert (await http.post(f"/sandbox/control/accounts/{account.id}/onboard")).status_code == 200
        child.kill()

    receiver = Receiver(hooks_url)
    listener, _ = listen(int(hooks_url.rpartition(":")[2]))
    async with serving(receiver.app(), listener), process(arguments, url), sdk("sk_test_mine", url) as client:
        event = await receiver.event("account.updated", account.id, account.id)
        assert event.account == account.id
        assert receiver.signatures[-1].count("v1=") == 2
        again = await client.v1.accounts.create_async(params={}, options=key)
        assert again.id == account.id
        assert (await client.v1.accounts.retrieve_async(account.id)).charges_enabled
