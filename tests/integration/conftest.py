"""The whole stack, once a session: own ports, own state, thrown away after."""

from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
from local_stack import Stack
from playwright.async_api import Browser

from .journey import Buyer, Creator, Inbox, visitor
from .walk import Shop, Walk


@pytest.fixture(scope="session")
async def stack(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Stack]:
    """PostgreSQL, RabbitMQ, Valkey, S3, mail, Stripe sandbox, edge and the five services."""
    async with Stack(Path(tmp_path_factory.mktemp("whole"))) as running:
        yield running


@pytest.fixture
async def edge(stack: Stack) -> AsyncIterator[httpx.AsyncClient]:
    """Each test has an address of its own, so that none spends another's share."""
    async with visitor(stack.endpoints["edge"]) as client:
        yield client


@pytest.fixture
async def creator(edge: httpx.AsyncClient) -> Creator:
    return await Creator.registered(edge)


@pytest.fixture
def inbox(stack: Stack) -> Inbox:
    return Inbox(stack.endpoints["mail"])


@pytest.fixture
def buyer(edge: httpx.AsyncClient) -> Buyer:
    return Buyer(edge)


@pytest.fixture
def shop(creator: Creator) -> Shop:
    return Shop(creator)


@pytest.fixture
async def walk(browser: Browser) -> AsyncIterator[Walk]:
    """In the end nothing went wrong on any of its pages."""
    walk = await Walk.begun(browser)
    yield walk
    await walk.end()
    assert walk.troubles == []


@pytest.fixture
async def plain_walk(browser: Browser) -> AsyncIterator[Walk]:
    """Where no script runs."""
    walk = await Walk.begun(browser, java_script_enabled=False)
    yield walk
    await walk.end()
    assert walk.troubles == []
