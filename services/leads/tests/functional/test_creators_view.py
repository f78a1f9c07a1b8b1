"""What a page's creator sees of those who registered, and nobody else."""

import csv
import io
from uuid import uuid4

import httpx
import pytest
from chassis.db import Database
from chassis.lifecycle import Service
from chassis.testing import SettableClock, deliver, sign_in, told
from contracts.leads import RegistrationDeleted
from contracts.pages import PagePublished, ViewsCounted
from leads import jobs
from leads.http import creators, dependencies

from .conftest import Registrant


@pytest.fixture
def creator(page: PagePublished) -> dict[str, str]:
    return sign_in(page.creator_id)


async def test_the_list_shows_each_registration_newest_first(
    client: httpx.AsyncClient, registrant: Registrant, page: PagePublished, creator: dict[str, str]
) -> None:
    await registrant.confirmed(page)
    await registrant.register(page, "second@example.com", name=None)
    answer = await client.get(f"/v1/pages/{page.id}/registrations", headers=creator)
    second, first = answer.json()["items"]
    assert first["confirmedAt"] is not None
    assert {name: second[name] for name in second if name not in {"id", "registeredAt"}} == {
        "salesPageId": str(page.id),
        "email": "second@example.com",
        "name": None,
        "customFields": {"size": "M"},
        "confirmedAt": None,
        "notifiedAt": None,
        "earlyAccessFrom": None,
        "waitingSince": None,
        "orderId": None,
        "source": None,
    }


async def test_the_list_goes_on_from_its_cursor_and_filters(
    client: httpx.AsyncClient, registrant: Registrant, page: PagePublished, creator: dict[str, str]
) -> None:
    for number in range(5):
        await registrant.register(page, f"lead{number}@example.com")
    await registrant.confirmed(page, "sure@example.com")
    path, seen, cursor = f"/v1/pages/{page.id}/registrations", [], None
    while True:
        params = {"limit": "2", "confirmed": "false", **({"cursor": cursor} if cursor else {})}
        part = (await client.get(path, params=params, headers=creator)).json()
        seen += [item["email"] for item in part["items"]]
        cursor = part["nextCursor"]
        if cursor is None:
            break
    assert seen == [f"lead{number}@example.com" for number in (4, 3, 2, 1, 0)]
    sure = (await client.get(path, params={"confirmed": "true"}, headers=creator)).json()["items"]
    assert [item["email"] for item in sure] == ["sure@example.com"]


async def test_the_file_has_every_registration_in_safe_cells(
    client: httpx.AsyncClient,
    registrant: Registrant,
    page: PagePublished,
    creator: dict[str, str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(creators, "CSV_BATCH", 2)
    monkeypatch.setattr(dependencies, "MOST_PER_VISITOR", 100)
    for number in range(5):
        await registrant.register(page, f"lead{number}@example.com", name="=HYPERLINK(1)")
    answer = await client.get(f"/v1/pages/{page.id}/registrations.csv", headers=creator)
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert answer.headers["content-disposition"] == f'attachment; filename="registrations-{page.short_id}.csv"'
    rows = list(csv.DictReader(io.StringIO(answer.text, newline="")))
    assert [row["email"] for row in rows] == [f"lead{number}@example.com" for number in (4, 3, 2, 1, 0)]
    assert {row["name"] for row in rows} == {"'=HYPERLINK(1)"}
    assert {row["customFields.size"] for row in rows} == {"M"}


async def test_a_registration_is_deleted_by_the_creator_once(
    client: httpx.AsyncClient, registrant: Registrant, page: PagePublished, creator: dict[str, str], db: Database
) -> None:
    registration = await registrant.confirmed(page)
    path = f"/v1/registrations/{registration.id}"
    assert (await client.delete(path, headers=creator)).status_code == 204
    assert (await client.delete(path, headers=creator)).status_code == 404
    assert await registrant.found() == []
    assert [event.id for event in await told(db, RegistrationDeleted)] == [registration.id]


async def test_the_campaign_counts_who_registered_confirmed_and_was_told(
    service: Service,
    client: httpx.AsyncClient,
    registrant: Registrant,
    page: PagePublished,
    creator: dict[str, str],
    db: Database,
    clock: SettableClock,
) -> None:
    await registrant.confirmed(page)
    await registrant.register(page, "second@example.com")
    path = f"/v1/pages/{page.id}/campaign"
    assert (await client.get(path, headers=creator)).json() == {
        "views": 0,
        "registrations": 2,
        "confirmed": 1,
        "notified": 0,
        "earlyAccess": 0,
        "waiting": 0,
        "offered": 0,
        "bought": 0,
    }
    clock.set(page.launch_at)
    await jobs.tell_next_batch(db)
    for version, views in ((2, 12), (1, 5)):
        await deliver(service, ViewsCounted(id=page.id, version=version, views=views, bot_views=99))
    assert (await client.get(path, headers=creator)).json() == {
        "views": 12,
        "registrations": 2,
        "confirmed": 1,
        "notified": 1,
        "earlyAccess": 0,
        "waiting": 0,
        "offered": 0,
        "bought": 0,
    }


ROUTES = [
    ("GET", "/v1/pages/{page}/registrations"),
    ("GET", "/v1/pages/{page}/registrations.csv"),
    ("GET", "/v1/pages/{page}/campaign"),
    ("DELETE", "/v1/registrations/{registration}"),
]


@pytest.mark.parametrize(("method", "path"), ROUTES)
async def test_another_creator_finds_nothing(
    client: httpx.AsyncClient, registrant: Registrant, page: PagePublished, method: str, path: str
) -> None:
    registration = await registrant.confirmed(page)
    address = path.format(page=page.id, registration=registration.id)
    missing = path.format(page=uuid4(), registration=uuid4())
    stranger = sign_in(uuid4())
    answers = [await client.request(method, at, headers=stranger) for at in (address, missing)]
    assert [answer.status_code for answer in answers] == [404, 404]
    assert answers[0].json()["type"] == answers[1].json()["type"] == "not-found"
    assert (await client.request(method, address)).status_code == 401
    assert len(await registrant.found()) == 1


async def test_what_is_no_registration_s_id_is_not_found(client: httpx.AsyncClient, creator: dict[str, str]) -> None:
    answer = await client.delete("/v1/registrations/x", headers=creator)
    assert (answer.status_code, answer.json()["type"]) == (404, "not-found")


@pytest.mark.parametrize(("method", "path"), [route for route in ROUTES if "{page}" in route[1]])
async def test_what_is_no_id_is_named(
    client: httpx.AsyncClient, creator: dict[str, str], method: str, path: str
) -> None:
    answer = await client.request(method, path.format(page="x", registration="x"), headers=creator)
    assert (answer.status_code, answer.json()["errors"][0]["parameter"]) == (422, "pageId")


@pytest.mark.parametrize(
    ("name", "value"), [("limit", "0"), ("limit", "101"), ("cursor", "?"), ("confirmed", "perhaps")]
)
async def test_a_parameter_that_cannot_be_accepted_is_named(
    client: httpx.AsyncClient, page: PagePublished, creator: dict[str, str], name: str, value: str
) -> None:
    answer = await client.get(f"/v1/pages/{page.id}/registrations", params={name: value}, headers=creator)
    assert (answer.status_code, answer.json()["errors"][0]["parameter"]) == (422, name)
