"""The Connect account: linked once, kept by what Stripe tells."""

import asyncio
import hashlib
import hmac
import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import httpx
import pytest
from chassis.lifecycle import Service
from chassis.testing import SettableClock, told
from contracts.catalog import CreatorUpdated, StripeAccount
from sqlalchemy import text

from .actors import Browser, FakeAccounts, signed_in

ACCOUNT = "/v1/creators/me/stripe-account"
AHEAD = timedelta(minutes=5)


def event(account: str | None = "acct_1", **fields: Any) -> dict[str, Any]:
    return {"id": "evt_1", "type": "account.updated", "account": account, "created": 1_790_000_000, **fields}


class Stripe:
    """Signs and sends events as Stripe does."""

    def __init__(self, http: httpx.AsyncClient, clock: SettableClock) -> None:
        self._http = http
        self._clock = clock

    async def tell(
        self, content: Any, *, secrets: tuple[str, ...] = ("whsec_new",), late: float = 0, sent: bytes | None = None
    ) -> httpx.Response:
        body = json.dumps(content).encode()
        at = int(self._clock.now().timestamp() - late)
        signed = [hmac.digest(secret.encode(), f"{at}.".encode() + body, hashlib.sha256).hex() for secret in secrets]
        header = ",".join([f"t={at}", *(f"v1={signature}" for signature in signed)])
        headers = {"Stripe-Signature": header, "Content-Type": "application/json"}
        return await self._http.post("/v1/webhooks/stripe", content=sent or body, headers=headers)


@pytest.fixture
def stripe(visitor: Browser, clock: SettableClock) -> Stripe:
    return Stripe(visitor.http, clock)


async def test_an_account_is_made_once_however_often_it_is_asked_for(
    service: Service, creator: Browser, accounts: FakeAccounts
) -> None:
    assert (await creator.ask("GET", ACCOUNT)).json()["type"] == "no-stripe-account"
    answers = await asyncio.gather(*(creator.ask("POST", ACCOUNT, {}) for _ in range(3)))
    assert {answer.status_code for answer in answers} == {201}
    assert {answer.json()["url"] for answer in answers} == {"https://connect.stripe.test/acct_1"}
    assert len(accounts.made) == 1
    [linked] = await told(service.db, CreatorUpdated)
    assert linked.stripe_account is not None
    assert (linked.stripe_account.id, linked.stripe_account.charges_enabled) == ("acct_1", False)


async def test_an_event_makes_the_account_be_read_and_told_once(
    service: Service, creator: Browser, accounts: FakeAccounts, stripe: Stripe
) -> None:
    await creator.ask("POST", ACCOUNT, {})
    accounts.onboard("acct_1")
    answers = [await stripe.tell(event()) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [200, 200, 200]
    _, updated = await told(service.db, CreatorUpdated)
    assert updated.stripe_account is not None
    assert updated.stripe_account.charges_enabled
    assert (await creator.ask("GET", "/v1/creators/me")).json()["stripeAccount"]["chargesEnabled"]


async def test_an_old_event_that_comes_late_changes_nothing(
    service: Service, creator: Browser, accounts: FakeAccounts, stripe: Stripe
) -> None:
    await creator.ask("POST", ACCOUNT, {})
    accounts.onboard("acct_1")
    await stripe.tell(event(id="evt_2"))
    stale = event(id="evt_1", data={"object": {"id": "acct_1", "charges_enabled": False}})
    assert (await stripe.tell(stale)).status_code == 200
    assert (await creator.ask("GET", ACCOUNT)).json()["chargesEnabled"]
    assert len(await told(service.db, CreatorUpdated)) == 2


async def test_an_event_of_an_account_that_is_nobodys_yet_is_kept_and_applied_later(
    service: Service, creator: Browser, accounts: FakeAccounts, stripe: Stripe
) -> None:
    assert (await stripe.tell(event())).status_code == 202
    await creator.ask("POST", ACCOUNT, {})
    accounts.onboard("acct_1")
    job = next(job for job in service.jobs if job.name == "apply-stripe-events")
    await job.run(service.db)
    assert (await told(service.db, CreatorUpdated))[-1].stripe_account == accounts.known["acct_1"]
    async with service.db.reading() as session:
        [applied] = (await session.execute(text("SELECT applied_at FROM stripe_events"))).scalars().all()
    assert applied is not None


async def test_an_event_that_stripe_refuses_to_answer_for_holds_up_no_other(
    service: Service,
    creator: Browser,
    visit: Callable[[], Browser],
    accounts: FakeAccounts,
    stripe: Stripe,
    clock: SettableClock,
) -> None:
    async def charged_for() -> list[str]:
        updates = await told(service.db, CreatorUpdated)
        return [one.stripe_account.id for one in updates if one.stripe_account and one.stripe_account.charges_enabled]

    for account in ("acct_1", "acct_2"):
        assert (await stripe.tell(event(account, id=f"evt_{account}"))).status_code == 202
    for who in (creator, await signed_in(visit(), "charles@example.com")):
        await who.ask("POST", ACCOUNT, {})
    for account in ("acct_1", "acct_2"):
        accounts.onboard(account)
    accounts.refused.add("acct_1")
    job = next(job for job in service.jobs if job.name == "apply-stripe-events")
    await job.run(service.db)
    assert await charged_for() == ["acct_2"]
    accounts.refused.clear()
    await job.run(service.db)
    assert await charged_for() == ["acct_2"], "it is left alone for a while"
    clock.advance(timedelta(minutes=1))
    await job.run(service.db)
    assert await charged_for() == ["acct_2", "acct_1"]


async def test_while_stripe_does_not_answer_an_event_is_kept_and_refused(
    service: Service, creator: Browser, accounts: FakeAccounts, stripe: Stripe
) -> None:
    await creator.ask("POST", ACCOUNT, {})
    accounts.onboard("acct_1")
    accounts.down = True
    assert (await stripe.tell(event())).status_code == 503
    assert not (await creator.ask("GET", ACCOUNT)).json()["chargesEnabled"]
    accounts.down = False
    assert (await stripe.tell(event())).status_code == 200
    assert (await creator.ask("GET", "/v1/creators/me")).json()["stripeAccount"]["chargesEnabled"]


async def test_asking_reads_the_account_though_no_event_came(creator: Browser, accounts: FakeAccounts) -> None:
    await creator.ask("POST", ACCOUNT, {})
    accounts.onboard("acct_1")
    assert (await creator.ask("GET", ACCOUNT)).json()["chargesEnabled"]


async def test_what_was_read_by_a_clock_that_is_ahead_does_not_outlive_a_later_answer(
    creator: Browser, accounts: FakeAccounts, stripe: Stripe, clock: SettableClock
) -> None:
    await creator.ask("POST", ACCOUNT, {})
    clock.advance(AHEAD)
    await creator.ask("GET", ACCOUNT)
    clock.advance(-AHEAD)
    accounts.onboard("acct_1")
    assert (await stripe.tell(event())).status_code == 200
    assert (await creator.ask("GET", "/v1/creators/me")).json()["stripeAccount"]["chargesEnabled"]


@pytest.mark.parametrize("ahead", [timedelta(), AHEAD, -AHEAD], ids=["right", "ahead", "behind"])
async def test_an_answer_that_was_overtaken_is_asked_for_again_whatever_the_clocks_say(
    creator: Browser,
    accounts: FakeAccounts,
    stripe: Stripe,
    clock: SettableClock,
    monkeypatch: pytest.MonkeyPatch,
    ahead: timedelta,
) -> None:
    """The answer to the event comes after that to a later question; they are asked by two clocks."""
    await creator.ask("POST", ACCOUNT, {})
    clock.advance(ahead)
    with monkeypatch.context() as patched:

        async def overtaken(account_id: str) -> StripeAccount:
            patched.undo()
            clock.advance(-ahead)
            old = accounts.known[account_id]
            accounts.onboard(account_id)
            await creator.ask("GET", ACCOUNT)
            return old

        patched.setattr(accounts, "read", overtaken)
        assert (await stripe.tell(event())).status_code == 200
    assert (await creator.ask("GET", "/v1/creators/me")).json()["stripeAccount"]["chargesEnabled"]


async def test_a_creator_who_takes_our_access_away_can_link_anew(
    service: Service, creator: Browser, accounts: FakeAccounts, stripe: Stripe
) -> None:
    await creator.ask("POST", ACCOUNT, {})
    assert (await stripe.tell(event(type="account.application.deauthorized"))).status_code == 200
    assert (await told(service.db, CreatorUpdated))[-1].stripe_account is None
    answer = await creator.ask("POST", ACCOUNT, {})
    assert answer.json()["url"].endswith("acct_2")


async def test_both_secrets_are_good_while_one_is_being_replaced(stripe: Stripe) -> None:
    for number, secrets in enumerate([("whsec_new",), ("whsec_old",), ("whsec_other", "whsec_old")]):
        answer = await stripe.tell(event(id=f"evt_{number}", account=None), secrets=secrets)
        assert answer.status_code == 200


@pytest.mark.parametrize("late", [301.5, -301.5, -86400])
async def test_a_signature_too_old_or_from_the_future_is_refused(
    stripe: Stripe, clock: SettableClock, late: float
) -> None:
    clock.hold(clock.now())
    answer = await stripe.tell(event(), late=late)
    assert (answer.status_code, answer.json()["type"]) == (400, "bad-signature")


async def test_what_was_signed_otherwise_or_changed_is_refused_and_not_kept(
    service: Service, visitor: Browser, stripe: Stripe
) -> None:
    answers = [
        await stripe.tell(event(), secrets=("whsec_other",)),
        await stripe.tell(event(), sent=json.dumps(event(account="acct_2")).encode()),
        await stripe.tell(event(), sent=b"\xff\xfe"),
        await stripe.tell(["not an event"]),
        await visitor.http.post("/v1/webhooks/stripe", content=b"{}"),
        await visitor.http.post("/v1/webhooks/stripe", content=b"{}", headers={"Stripe-Signature": "t=x,v1="}),
    ]
    assert {answer.status_code for answer in answers} == {400}
    async with service.db.reading() as session:
        assert (await session.execute(text("SELECT count(*) FROM stripe_events"))).scalar() == 0


async def test_a_body_over_256_kib_is_refused(stripe: Stripe) -> None:
    answer = await stripe.tell(event(padding="x" * 256 * 1024))
    assert answer.status_code == 413


async def test_a_creator_comes_back_from_stripe_to_a_page(visitor: Browser) -> None:
    for path, says in [("/stripe/return", "Back from Stripe"), ("/stripe/refresh", "This link has ended")]:
        answer = await visitor.ask("GET", path)
        assert (answer.status_code, says in answer.text) == (200, True)
        assert "default-src 'none'" in answer.headers["content-security-policy"]
        style = answer.text.split('rel="stylesheet" href="/api/catalog')[1].split('"')[0]
        assert (await visitor.ask("GET", style)).status_code == 200
