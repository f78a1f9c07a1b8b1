"""The whole stack, once a session: own ports, own state, thrown away after."""

from collections.abc import AsyncIterator
from pathlib import Path
from uuid import uuid4

import httpx
import pytest
from local_stack import Stack

from .journey import Creator, Inbox


@pytest.fixture(scope="session")
async def stack(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Stack]:
    """PostgreSQL, RabbitMQ, Valkey, S3, mail, Stripe sandbox, edge and the five services."""
    async with Stack(Path(tmp_path_factory.mktemp("whole"))) as running:
        yield running


@pytest.fixture
async def edge(stack: Stack) -> AsyncIterator[httpx.AsyncClient]:
    """A client of the one public origin. Each test has an address of its own, so that none spends another's share."""
    address = ".".join(str(byte) for byte in (127, *(1 + byte % 254 for byte in uuid4().bytes[:3])))
    transport = httpx.AsyncHTTPTransport(local_address=address)
    async with httpx.AsyncClient(base_url=stack.endpoints["edge"], timeout=60, transport=transport) as client:
        yield client


@pytest.fixture
async def creator(edge: httpx.AsyncClient) -> Creator:
    return await Creator.registered(edge)


@pytest.fixture
def inbox(stack: Stack) -> Inbox:
    return Inbox(stack.endpoints["mail"])
