"""A lead that buys is known by the pass in its mail."""

import httpx
from chassis.clock import new_id
from chassis.db import Database
from chassis.lifecycle import Service
from chassis.passes import PassKind
from chassis.testing import SettableClock, deliver, owed_mails, sign_in
from contracts.pages import PagePublished
from leads import jobs

from .conftest import Registrant, composed, order_paid, page_published, pass_in


async def test_the_launch_mail_bears_a_pass_that_says_who_comes(
    service: Service, registrant: Registrant, page: PagePublished, clock: SettableClock
) -> None:
    registration = await registrant.confirmed(page)
    mail = await composed(service, "page-is-live", registration.id)
    admitted = pass_in(service, mail)
    assert admitted is not None
    assert (admitted.kind, admitted.registration_id, admitted.page_id) == (PassKind.LEAD, registration.id, page.id)
    assert mail is not None
    assert f"https://pages.example/p/{page.short_id}?pass=" in mail.html
    clock.set(page.expires_at)
    assert pass_in(service, mail) is None


async def test_who_bought_is_marked_once_and_counted(
    service: Service, client: httpx.AsyncClient, registrant: Registrant, page: PagePublished
) -> None:
    registration = await registrant.confirmed(page)
    await registrant.confirmed(page, "second@example.com")
    first, again = order_paid(page, registration.id), order_paid(page, registration.id)
    for order in (first, first, again, order_paid(page, None), order_paid(page, new_id())):
        await deliver(service, order)
    creator = sign_in(page.creator_id)
    listed = (await client.get(f"/v1/pages/{page.id}/registrations", headers=creator)).json()["items"]
    assert {item["email"]: item["orderId"] for item in listed} == {
        "grace@example.com": str(first.id),
        "second@example.com": None,
    }
    figures = (await client.get(f"/v1/pages/{page.id}/campaign", headers=creator)).json()
    assert (figures["registrations"], figures["bought"]) == (2, 1)


async def test_an_order_of_another_page_marks_nobody(
    service: Service, registrant: Registrant, page: PagePublished, clock: SettableClock
) -> None:
    registration = await registrant.confirmed(page)
    await deliver(service, order_paid(page_published(clock), registration.id))
    (found,) = await registrant.found()
    assert found.order_id is None


async def test_who_bought_before_the_launch_is_not_told_of_it(
    service: Service, registrant: Registrant, page: PagePublished, clock: SettableClock, db: Database
) -> None:
    registration = await registrant.confirmed(page)
    await deliver(service, order_paid(page, registration.id))
    clock.set(page.launch_at)
    await jobs.tell_next_batch(db)
    assert "page-is-live" not in [kind for kind, _ in await owed_mails(db)]
    assert await composed(service, "page-is-live", registration.id) is None
