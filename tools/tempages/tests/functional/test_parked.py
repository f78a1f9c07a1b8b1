"""What is parked: shown, handed back, dropped; by command and over HTTP."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import aio_pika
import httpx
import pytest
from aio_pika.abc import AbstractChannel
from chassis import topology
from chassis.clock import new_id
from chassis.testing import PATIENCE
from contracts.pages import PageLaunched
from local_stack import Stack
from tempages import dead_queues, http, main
from tempages.operators import OperatorToken
from typer.testing import CliRunner, Result

TOKEN = "an operator's token of some length"
ERROR: dict[str, Any] = {"x-attempt": 7, "x-error-type": "ValueError", "x-error": "not today", "kept": "yes"}


async def tempages(*arguments: str) -> Result:
    """In a thread, as each command has an event loop of its own."""
    return await asyncio.to_thread(lambda: CliRunner().invoke(main.app, arguments))


async def shows(ask: Callable[[], Awaitable[str]], text: str) -> None:
    """A quorum queue counts a moment later, and gives what was held back to others a moment later."""
    shown = ""
    for _ in range(100):
        if text in (shown := await ask()):
            return
        await asyncio.sleep(0.1)
    raise AssertionError(f"{text!r} is not in {shown!r}")


@pytest.fixture
async def channel(infrastructure: Stack) -> AsyncIterator[AbstractChannel]:
    async with await aio_pika.connect(infrastructure.endpoints["amqp"]) as connection, connection.channel() as opened:
        yield opened


@pytest.fixture
async def handler(
    infrastructure: Stack, channel: AbstractChannel, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[str]:
    """One handler, whose queue nobody consumes."""

    async def handle(_tx: object, _envelope: object) -> None:
        return None

    found = (topology.on(PageLaunched, f"leads.test-{new_id().hex[-8:]}", handle),)
    for module in (main, dead_queues):
        monkeypatch.setattr(module, "subscriptions", lambda _service: found)
        monkeypatch.setattr(module, "chosen", lambda _names: ("leads",))
    monkeypatch.setenv("AMQP_URL", infrastructure.endpoints["amqp"])
    yield found[0].queue
    for queue in (found[0].queue, found[0].dead_queue):
        await channel.queue_delete(queue)


@pytest.fixture
async def two_parked(handler: str, channel: AbstractChannel) -> str:
    """`handler`, with the messages "first" and "second" in its dead queue."""
    assert (await tempages("topology")).exit_code == 0
    dead = await channel.get_exchange(topology.DEAD_EXCHANGE)
    for name in ("first", "second"):
        await dead.publish(aio_pika.Message(name.encode(), message_id=name, headers=ERROR), handler)
    await shows(listed, f"{handler}.dead  2")
    return handler


async def listed() -> str:
    return (await tempages("parked", "list")).output


async def test_a_queue_that_is_not_declared_is_said_to_be_so(handler: str) -> None:
    assert "not declared" in await listed()
    refused = await tempages("parked", "show", handler)
    assert refused.exit_code == 2
    assert (await tempages("parked", "show", "leads.nobody")).exit_code == 2


async def test_parked_messages_are_shown_with_their_errors_and_stay(two_parked: str) -> None:
    for _ in range(2):
        shown = (await tempages("parked", "show", two_parked)).output
        assert "first  None  tried 7  ValueError: not today" in shown
        assert f"{two_parked}.dead: 2 parked" in shown
        await shows(listed, f"{two_parked}.dead  2")


async def test_one_message_is_handed_back_as_if_never_tried_and_the_other_stays(
    two_parked: str, channel: AbstractChannel
) -> None:
    assert (await tempages("parked", "replay", two_parked, "--id", "nobody's")).exit_code == 1
    await shows(listed, f"{two_parked}.dead  2")
    assert "1 handed back" in (await tempages("parked", "replay", two_parked, "--id", "second")).output
    queue = await channel.get_queue(two_parked)
    message = await queue.get(timeout=PATIENCE)
    await message.ack()
    assert (message.message_id, message.body) == ("second", b"second")
    assert message.headers == {"kept": "yes", "x-delivery-count": 0}
    await shows(listed, f"{two_parked}.dead  1")


async def test_dropped_messages_are_gone(two_parked: str) -> None:
    assert "2 dropped" in (await tempages("parked", "drop", two_parked, "--all")).output
    await shows(listed, f"{two_parked}.dead  0")


@pytest.mark.parametrize("choice", [[], ["--all", "--id", "first"]])
async def test_one_or_all_must_be_said(two_parked: str, choice: list[str]) -> None:
    assert (await tempages("parked", "drop", two_parked, *choice)).exit_code == 2


@pytest.fixture
async def gateway(infrastructure: Stack) -> AsyncIterator[httpx.AsyncClient]:
    app = http.create_app(infrastructure.endpoints["amqp"], OperatorToken(TOKEN))
    headers = {"Authorization": f"Bearer {TOKEN}"}
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(app), base_url="http://operators", headers=headers
    ) as client:
        yield client


@pytest.mark.parametrize("sent", ["", "Bearer another operator's token entirely", "Basic b3BlcmF0b3I6"])
async def test_nobody_without_the_token_sees_or_does_anything(
    two_parked: str, gateway: httpx.AsyncClient, sent: str
) -> None:
    gateway.headers["Authorization"] = sent
    paths = [("GET", ""), ("GET", f"/{two_parked}"), ("POST", f"/{two_parked}/replay"), ("DELETE", f"/{two_parked}")]
    for method, path in paths:
        answer = await gateway.request(method, f"/v1/parked{path}", json={} if method == "POST" else None)
        assert (answer.status_code, answer.json()["type"]) == (401, "unauthorized")
    await shows(listed, f"{two_parked}.dead  2")


async def test_operators_list_show_replay_and_drop_over_http(two_parked: str, gateway: httpx.AsyncClient) -> None:
    path = f"/v1/parked/{two_parked}"
    assert {"queue": f"{two_parked}.dead", "messages": 2} in (await gateway.get("/v1/parked")).json()
    first = (await gateway.get(path)).json()[0]
    assert (first["id"], first["attempts"], first["errorType"], first["error"]) == (
        "first",
        7,
        "ValueError",
        "not today",
    )
    await shows(listed, f"{two_parked}.dead  2")
    assert (await gateway.post(f"{path}/replay", json={"id": "first"})).json() == {"messages": 1}
    await shows(listed, f"{two_parked}.dead  1")
    assert (await gateway.delete(path, params={"id": "second"})).json() == {"messages": 1}
    assert (await gateway.delete(path, params={"id": "second"})).status_code == 404
    assert (await gateway.post(f"{path}/replay", json={"ids": "x"})).status_code == 422
    assert (await gateway.get("/v1/parked/leads.nobody")).status_code == 404


def test_a_short_token_is_refused() -> None:
    with pytest.raises(ValueError, match="OPERATOR_TOKEN"):
        OperatorToken("short")


async def test_a_broker_that_does_not_answer_is_said_to_be_away(handler: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AMQP_URL", "amqp://127.0.0.1:1/")
    for command in (["list"], ["show", handler], ["replay", handler, "--all"], ["drop", handler, "--all"]):
        ended = await tempages("parked", *command)
        assert (ended.exit_code, "the broker does not answer" in ended.output) == (1, True)
    app = http.create_app("amqp://127.0.0.1:1/", OperatorToken(TOKEN))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://operators") as client:
        answer = await client.get(f"/v1/parked/{handler}", headers={"Authorization": f"Bearer {TOKEN}"})
    assert (answer.status_code, answer.json()["type"], answer.headers["retry-after"]) == (503, "broker-away", "5")
