"""Webhook endpoints: from the configuration at start, and through the API."""

from fnmatch import fnmatchcase

from stripe_sandbox.books import Books, fresh, new_id
from stripe_sandbox.config import Webhook
from stripe_sandbox.errors import Json
from stripe_sandbox.listing import lister
from stripe_sandbox.operations import Asked, Operation, accepts, retrieve
from stripe_sandbox.params import Array, Flag, Kind, Metadata, Text, Url, merged

URL = "/v1/webhook_endpoints"


def listening(books: Books, kind: str, connect: bool) -> list[Json]:
    """The enabled endpoints that want this kind of event of the platform's, or of connected accounts."""
    return [
        endpoint
        for endpoint in reversed(books.store.find("webhook_endpoint"))
        if endpoint["status"] == "enabled"
        and endpoint["_connect"] is connect
        and any(fnmatchcase(kind, wanted) for wanted in endpoint["enabled_events"])
    ]


def configure(books: Books, webhooks: tuple[Webhook, ...]) -> None:
    """Bring the configured endpoints in line; those made through the API stay.

    An endpoint is known by its place in the configuration, so what is owed to it follows it to a new address.
    """
    known = {e["_place"]: e for e in books.store.find("webhook_endpoint") if e["_place"] is not None}
    for place, webhook in enumerate(webhooks):
        fields = {
            "api_version": webhook.api_version,
            "enabled_events": list(webhook.enabled_events),
            "url": webhook.url,
            "_connect": webhook.connect,
            "_place": place,
            "_secrets": list(webhook.secrets),
        }
        endpoint = known.pop(place, None) or _new(books, webhook.url, webhook.connect, {})
        books.put(endpoint | fields)
    for forgotten in known.values():
        books.store.delete(forgotten["id"])


def _new(books: Books, url: str, connect: bool, fields: Json) -> Json:
    empty: Json = {
        "api_version": None,
        "application": "ca_sandbox" if connect else None,
        "description": None,
        "enabled_events": ["*"],
        "metadata": {},
        "status": "enabled",
        "url": url,
        "_connect": connect,
        "_place": None,
        "_secrets": [new_id("whsec_", 32)],
    }
    return fresh(books, "webhook_endpoint", "we_", empty | fields)


def _create(books: Books, asked: Asked) -> Json:
    params = asked.params
    fields: Json = {name: params[name] for name in ("api_version", "description", "enabled_events") if name in params}
    fields["metadata"] = merged({}, params.get("metadata", {}))
    endpoint = books.put(_new(books, params["url"], params.get("connect", False), fields))
    return {**endpoint, "secret": endpoint["_secrets"][0]}


def _update(books: Books, asked: Asked) -> Json:
    endpoint, params = books.need("webhook_endpoint", asked.id, "webhook_endpoint"), asked.params
    endpoint |= {name: params[name] for name in ("description", "enabled_events", "url") if name in params}
    if "metadata" in params:
        endpoint["metadata"] = merged(endpoint["metadata"], params["metadata"])
    if "disabled" in params:
        endpoint["status"] = "disabled" if params["disabled"] else "enabled"
    return books.put(endpoint)


def _delete(books: Books, asked: Asked) -> Json:
    books.need("webhook_endpoint", asked.id, "webhook_endpoint")
    books.store.delete(asked.id)
    return {"id": asked.id, "object": "webhook_endpoint", "deleted": True}


def rotate(books: Books, identifier: str, secret: str | None = None, keep_old: bool = True) -> str:
    """Give an endpoint a new secret; while the old one is kept, deliveries bear both signatures."""
    endpoint = books.need("webhook_endpoint", identifier)
    new = secret or new_id("whsec_", 32)
    endpoint["_secrets"] = [new, *endpoint["_secrets"][:1]] if keep_old else [new]
    books.put(endpoint)
    return new


_FIELDS: dict[str, Kind] = {
    "description": Text(may_be_empty=True),
    "enabled_events": Array(Text(), least=1),
    "metadata": Metadata(),
}

OPERATIONS = [
    Operation(
        "POST",
        URL,
        _create,
        accepts({**_FIELDS, "api_version": Text(), "connect": Flag(), "url": Url()}, ("enabled_events", "url")),
    ),
    Operation("POST", URL + "/{id}", _update, accepts({**_FIELDS, "disabled": Flag(), "url": Url()})),
    Operation("DELETE", URL + "/{id}", _delete, accepts()),
    retrieve(URL + "/{id}", "webhook_endpoint", "webhook_endpoint"),
    lister(URL, "webhook_endpoint"),
]
