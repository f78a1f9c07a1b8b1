"""What a service keeps of others' things, rebuilt from what these have."""

from collections.abc import Mapping
from importlib import import_module

from chassis import read_models
from chassis.db import Database
from chassis.publisher import Publisher
from chassis.read_models import Retelling
from chassis.topology import Subscription

from tempages.services import app_url, opened, setting, subscriptions


def mirrors(service: str) -> Mapping[str, Subscription]:
    """What `service` mirrors, by the model's name: `page` is kept in `mirrored_pages` by `<service>.mirror-page`."""
    verb = f"{service}.mirror-"
    heard = subscriptions(service)
    return {each.queue.removeprefix(verb): each for each in heard if each.queue.startswith(verb)}


def table_of(model: str) -> str:
    """Keys are the chassis's own, and mirrored by its handler."""
    return "api_keys" if model == "api-key" else f"mirrored_{model}s"


def retelling(mirror: Subscription) -> Retelling:
    """How the owner tells of all that it has of what `mirror` keeps."""
    first = mirror.events[0]
    known: Mapping[str, Retelling] = import_module(f"{first.service()}.retelling").RETELLINGS
    return known[first.aggregate()]


async def rebuild(service: str, model: str, mirror: Subscription, *, from_nothing: bool) -> int:
    """How many its owner told of anew; they are kept as soon as the service's consumer has taken them."""
    owner = mirror.events[0].service()
    async with opened(service, app_url(service)) as db:
        await _make_ready(db, table_of(model), from_nothing=from_nothing)
    async with opened(owner, app_url(owner)) as db, Publisher(setting("AMQP_URL"), "tempages-rebuild") as publisher:
        return await read_models.retell(db, retelling(mirror), publisher, mirror.queue)


async def _make_ready(db: Database, table: str, *, from_nothing: bool) -> None:
    async with db.transaction() as tx:
        await (read_models.empty if from_nothing else read_models.doubt)(tx, table)
        await tx.log_security("read-model-rebuilt", what=table, from_nothing=from_nothing)
