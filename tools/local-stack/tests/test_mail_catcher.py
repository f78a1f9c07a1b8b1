from collections.abc import AsyncIterator
from email.message import EmailMessage
from pathlib import Path

import aiosmtplib
import httpx
import pytest
from chassis.testing import PATIENCE
from local_stack import Stack
from local_stack.mail_catcher.inbox import create_app
from local_stack.mail_catcher.messages import Messages, parse


def mail(subject: str = "Your file", html: str = "<p>Hello <b>you</b></p>") -> EmailMessage:
    message = EmailMessage()
    message["From"] = "Temporary Pages <no-reply@example.test>"
    message["To"] = "Bea <bea@example.test>"
    message["Subject"] = subject
    message["Message-ID"] = "<1@example.test>"
    message.set_content("Hello in text: http://127.0.0.1/d#secret")
    message.add_alternative(html, subtype="html")
    return message


@pytest.fixture
def messages(tmp_path: Path) -> Messages:
    return Messages(tmp_path / "mail")


@pytest.fixture
async def client(messages: Messages) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(create_app(messages))
    async with httpx.AsyncClient(transport=transport, base_url="http://mail") as opened:
        yield opened


async def test_mails_are_listed_newest_first_with_all_that_tests_ask_for(
    messages: Messages, client: httpx.AsyncClient
) -> None:
    for subject in ("First", "Zweite Größe"):
        messages.add(parse(mail(subject).as_bytes(), ["bea@example.test"]))
    newest, oldest = (await client.get("/api/messages")).json()
    assert (newest["subject"], oldest["subject"]) == ("Zweite Größe", "First")
    assert newest["from"] == "Temporary Pages <no-reply@example.test>"
    assert newest["to"] == ["bea@example.test"]
    assert "Hello in text" in newest["text"]
    assert "<b>you</b>" in newest["html"]
    assert newest["headers"]["Message-ID"] == "<1@example.test>"
    assert newest["receivedAt"].endswith("Z")
    assert (await client.get(f"/api/messages/{newest['id']}")).json() == newest


async def test_mails_are_found_by_recipient_and_subject(messages: Messages, client: httpx.AsyncClient) -> None:
    messages.add(parse(mail("Your file").as_bytes(), ["bea@example.test"]))
    messages.add(parse(mail("Refunded").as_bytes(), ["carl@example.test"]))
    found = (await client.get("/api/messages", params={"to": "BEA@example.test"})).json()
    assert [message["subject"] for message in found] == ["Your file"]
    assert len((await client.get("/api/messages", params={"subject": "refund"})).json()) == 1


async def test_mails_outlive_the_catcher_and_are_deleted_on_demand(
    messages: Messages, client: httpx.AsyncClient, tmp_path: Path
) -> None:
    messages.add(parse(mail().as_bytes(), ["bea@example.test"]))
    assert len([*Messages(tmp_path / "mail").find()]) == 1
    assert (await client.delete("/api/messages")).status_code == 204
    assert (await client.get("/api/messages")).json() == []
    assert [*Messages(tmp_path / "mail").find()] == []


async def test_the_inbox_shows_a_mail_without_running_what_is_in_it(
    messages: Messages, client: httpx.AsyncClient
) -> None:
    hostile = mail("<script>alert(1)</script>", "<p>Hi</p><script>alert(2)</script>")
    message = parse(hostile.as_bytes(), ["bea@example.test"])
    messages.add(message)
    listed, shown = (await client.get("/")).text, (await client.get(f"/messages/{message.id}")).text
    assert "bea@example.test" in listed
    assert "<script>" not in listed + shown
    assert 'sandbox="allow-popups allow-popups-to-escape-sandbox"' in shown
    assert (await client.get("/messages/unknown")).status_code == 404


async def test_a_mail_sent_by_smtp_is_in_the_inbox(infrastructure: Stack) -> None:
    host, port = infrastructure.smtp_url.removeprefix("smtp://").split(":")
    await aiosmtplib.send(mail("Over the wire"), hostname=host, port=int(port), recipients=["dora@example.test"])
    async with httpx.AsyncClient(base_url=infrastructure.endpoints["mail"], timeout=PATIENCE) as client:
        (found,) = (await client.get("/api/messages", params={"to": "dora@example.test"})).json()
    assert found["subject"] == "Over the wire"
