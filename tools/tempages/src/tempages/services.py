"""The five services as this command sees them: by name, as some may not be installed beside it."""

import os
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from importlib import import_module
from importlib.util import find_spec

import typer
from chassis.db import Database
from chassis.lifecycle import Service
from chassis.retention import Rule
from chassis.topology import Subscription

SERVICES = ("catalog", "pages", "checkout", "delivery", "leads")
WITH_RETENTION_ROLE = ("delivery",)
"""Whose history the application's own role cannot remove."""


def setting(name: str) -> str:
    """The environment variable `name`; ends the command where it is missing."""
    value = os.environ.get(name)
    if not value:
        raise typer.BadParameter(f"set {name} in the environment", param_hint=name)
    return value


def app_url(service: str) -> str:
    """The database as the application's role."""
    return setting(f"{service.upper()}_DATABASE_URL")


def owner_url(service: str) -> str:
    """The database as the role that owns its tables."""
    return setting(f"{service.upper()}_MIGRATION_DATABASE_URL")


def retention_url(service: str) -> str:
    """The database as the role that removes what has been kept long enough."""
    return setting(f"{service.upper()}_RETENTION_DATABASE_URL") if service in WITH_RETENTION_ROLE else app_url(service)


@asynccontextmanager
async def opened(service: str, url: str) -> AsyncIterator[Database]:
    """The database of `service` at `url`."""
    db = Database(url, service)
    try:
        yield db
    finally:
        await db.dispose()


def retention_rules(service: str) -> Sequence[Rule]:
    """What `service` keeps for how long."""
    described: Service = import_module(f"{service}.main").describe()
    return described.retention


def known(names: Sequence[str] | None) -> tuple[str, ...]:
    """The services `names`; without any, all five. Whether they are installed here does not matter."""
    for name in names or ():
        if name not in SERVICES:
            raise typer.BadParameter(f"{name} is none of {', '.join(SERVICES)}")
    return tuple(names or SERVICES)


def chosen(names: Sequence[str] | None) -> tuple[str, ...]:
    """The services `names`, which must be installed here; without any, all that are."""
    for name in names or ():
        if name in SERVICES and not installed(name):
            raise typer.BadParameter(f"{name} is not installed here")
    return tuple(name for name in known(names) if installed(name))


def installed(service: str) -> bool:
    return find_spec(service) is not None


def subscriptions(service: str) -> Sequence[Subscription]:
    """What `service` hears."""
    found: Sequence[Subscription] = import_module(f"{service}.subscribers").SUBSCRIPTIONS
    return found
