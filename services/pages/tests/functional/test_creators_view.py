"""What a creator sees of their pages, and nobody else."""

from uuid import uuid4

import httpx
import pytest
from chassis.db import Database
from chassis.lifecycle import Service
from chassis.testing import told
from contracts.pages import PageUpdated, PageWithdrawn

from .conftest import Seller

LATER = {"expiresAt": "2999-01-01T00:00:00Z"}
ROUTES = [
    ("GET", "/{}", None),
    ("PATCH", "/{}", {"quantityLimit": 1}),
    ("DELETE", "/{}", None),
    ("POST", "/{}/publish", None),
    ("POST", "/{}/extend", LATER),
    ("POST", "/{}/withdraw", None),
]


async def test_the_list_goes_on_from_its_cursor_newest_first(seller: Seller) -> None:
    made = [(await seller.drafts())["id"] for _ in range(5)]
    seen, cursor = [], ""
    while True:
        part = (await seller.send("GET", f"?limit=2{cursor}")).json()
        assert len(part["items"]) <= 2
        seen += [item["id"] for item in part["items"]]
        if part["nextCursor"] is None:
            break
        cursor = f"&cursor={part['nextCursor']}"
    assert seen == made[::-1]


async def test_the_list_is_of_one_status_when_asked(seller: Seller) -> None:
    draft, published, gone = await seller.drafts(), await seller.publishes(), await seller.publishes()
    await seller.withdraws(gone)
    for status, page in (("draft", draft), ("published", published), ("withdrawn", gone)):
        answer = (await seller.send("GET", f"?status={status}&limit=1")).json()
        assert [item["id"] for item in answer["items"]] == [page["id"]]
        assert answer["nextCursor"] is None
    every = (await seller.send("GET", "")).json()["items"]
    assert [item["id"] for item in every] == [gone["id"], published["id"], draft["id"]]


async def test_the_list_has_the_creators_own_pages_alone(
    seller: Seller, service: Service, client: httpx.AsyncClient
) -> None:
    await seller.publishes()
    assert (await Seller(service, client).send("GET", "")).json() == {"items": [], "nextCursor": None}


@pytest.mark.parametrize(("method", "path", "body"), ROUTES)
@pytest.mark.parametrize("published", [True, False])
async def test_another_creator_finds_nothing(
    seller: Seller,
    service: Service,
    client: httpx.AsyncClient,
    db: Database,
    method: str,
    path: str,
    body: dict[str, object] | None,
    *,
    published: bool,
) -> None:
    page = await seller.publishes() if published else await seller.drafts()
    stranger = Seller(service, client)
    answers = [await stranger.send(method, path.format(at), body, **{"If-Match": "*"}) for at in (page["id"], uuid4())]
    assert [(answer.status_code, answer.json()["type"]) for answer in answers] == [(404, "not-found")] * 2
    foreign, missing = ({**answer.json(), "instance": "", "requestId": ""} for answer in answers)
    assert foreign == missing
    assert [*await told(db, PageUpdated), *await told(db, PageWithdrawn)] == []
    assert (await seller.send("GET", f"/{page['id']}")).json() == page


@pytest.mark.parametrize(("method", "path", "body"), [*ROUTES, ("GET", "", None), ("POST", "", {})])
async def test_who_is_not_signed_in_is_told_to(
    seller: Seller, client: httpx.AsyncClient, method: str, path: str, body: dict[str, object] | None
) -> None:
    address = "/v1/pages" + path.format((await seller.drafts())["id"])
    for headers in ({}, {"Authorization": "Bearer nonsense"}):
        answer = await client.request(method, address, json=body, headers=headers)
        assert (answer.status_code, answer.headers["www-authenticate"]) == (401, "Bearer")
        assert answer.headers["content-type"] == "application/problem+json"
