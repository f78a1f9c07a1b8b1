"""Disputes: opened and decided on demand, answered through the official SDK."""

import io
from typing import Any

import pytest
import stripe
from stripe_sandbox.disputes import LONG_TEXTS
from stripe_sandbox.testing import Running


async def disputed(sandbox: Running, **fields: Any) -> stripe.Dispute:
    intent = await sandbox.paid()
    opened = await sandbox.control(f"/charges/{intent.id}/dispute", fields)
    return await sandbox.client.v1.disputes.retrieve_async(opened["id"])


async def test_a_dispute_withdraws_the_money_and_blocks_refunds(sandbox: Running) -> None:
    dispute = await disputed(sandbox, reason="product_not_received")
    assert (dispute.status, dispute.reason, dispute.amount) == ("needs_response", "product_not_received", 1200)
    assert dispute.evidence_details.due_by
    await sandbox.receiver.event("charge.dispute.created", dispute.id)
    event = await sandbox.receiver.event("charge.dispute.funds_withdrawn", dispute.id)
    assert event.data.object["balance_transactions"][0]["amount"] == -1200
    assert (await sandbox.client.v1.charges.retrieve_async(str(dispute.charge))).disputed
    with pytest.raises(stripe.InvalidRequestError) as caught:
        await sandbox.client.v1.refunds.create_async(params={"charge": str(dispute.charge)})
    assert caught.value.code == "charge_disputed"


async def test_an_inquiry_withdraws_nothing_and_may_be_escalated(sandbox: Running) -> None:
    dispute = await disputed(sandbox, inquiry=True)
    assert (dispute.status, dispute.is_charge_refundable) == ("warning_needs_response", True)
    assert dispute.balance_transactions == []
    await sandbox.control(f"/disputes/{dispute.id}/escalate")
    await sandbox.receiver.event("charge.dispute.funds_withdrawn", dispute.id)
    assert (await sandbox.client.v1.disputes.retrieve_async(dispute.id)).status == "needs_response"


async def test_evidence_is_staged_then_submitted_once(sandbox: Running) -> None:
    dispute = await disputed(sandbox)
    file = await sandbox.client.v1.files.create_async(
        params={"purpose": "dispute_evidence", "file": io.BytesIO(b"%PDF-1.7 receipt")}
    )
    update = sandbox.client.v1.disputes.update_async
    evidence: Any = {"receipt": file.id, "customer_name": "Ada"}
    staged = await update(dispute.id, params={"evidence": evidence, "submit": False})
    assert (staged.status, staged.evidence.receipt, staged.evidence_details.has_evidence) == (
        "needs_response",
        file.id,
        True,
    )
    submitted = await update(dispute.id, params={"submit": True})
    assert (submitted.status, submitted.evidence_details.submission_count) == ("under_review", 1)
    await sandbox.receiver.event("charge.dispute.updated", dispute.id)
    with pytest.raises(stripe.InvalidRequestError):
        await update(dispute.id, params={"evidence": {"customer_name": "Eve"}})


async def test_evidence_is_submitted_unless_it_is_only_staged(sandbox: Running) -> None:
    dispute = await disputed(sandbox)
    update = sandbox.client.v1.disputes.update_async
    assert (await update(dispute.id, params={"metadata": {"seen": "yes"}})).status == "needs_response"
    assert (await update(dispute.id, params={"evidence": {"customer_name": "Ada"}})).status == "under_review"


@pytest.mark.parametrize(("name", "most"), [("access_activity_log", 20_000), ("customer_name", 5_000)])
async def test_a_text_of_evidence_has_its_limit(sandbox: Running, name: str, most: int) -> None:
    dispute = await disputed(sandbox)
    evidence: Any = {name: "x" * most}
    await sandbox.client.v1.disputes.update_async(dispute.id, params={"evidence": evidence, "submit": False})
    evidence = {name: "x" * (most + 1)}
    with pytest.raises(stripe.InvalidRequestError) as caught:
        await sandbox.client.v1.disputes.update_async(dispute.id, params={"evidence": evidence, "submit": False})
    assert caught.value.param == f"evidence[{name}]"


async def test_too_many_pages_are_refused_even_unsubmitted(sandbox: Running) -> None:
    dispute = await disputed(sandbox)
    texts = dict.fromkeys(LONG_TEXTS, "x" * 18_750)
    full: Any = {"evidence": {**texts, "receipt": ""}, "submit": False}
    assert (await sandbox.client.v1.disputes.update_async(dispute.id, params=full)).evidence.access_activity_log
    file = await sandbox.client.v1.files.create_async(
        params={"purpose": "dispute_evidence", "file": io.BytesIO(b"\x89PNG picture")}
    )
    with pytest.raises(stripe.InvalidRequestError) as caught:
        await sandbox.client.v1.disputes.update_async(dispute.id, params={"evidence": {"receipt": file.id}})
    assert caught.value.code == "dispute_evidence_page_limit_exceeded"


async def test_evidence_must_name_a_file_that_was_uploaded(sandbox: Running) -> None:
    dispute = await disputed(sandbox)
    with pytest.raises(stripe.InvalidRequestError) as caught:
        await sandbox.client.v1.disputes.update_async(dispute.id, params={"evidence": {"receipt": "file_none"}})
    assert caught.value.param == "evidence[receipt]"
    with pytest.raises(stripe.InvalidRequestError):
        await sandbox.client.v1.files.create_async(
            params={"purpose": "dispute_evidence", "file": io.BytesIO(b"plain text")}
        )


async def test_a_won_dispute_brings_the_money_back(sandbox: Running) -> None:
    dispute = await disputed(sandbox)
    await sandbox.control(f"/disputes/{dispute.id}/decide", {"outcome": "won"})
    await sandbox.receiver.event("charge.dispute.funds_reinstated", dispute.id)
    closed = await sandbox.receiver.event("charge.dispute.closed", dispute.id)
    assert closed.data.object["status"] == "won"
    assert sum(t["amount"] for t in closed.data.object["balance_transactions"]) == 0


async def test_a_dispute_can_be_accepted_and_is_lost(sandbox: Running) -> None:
    dispute = await disputed(sandbox, amount=500)
    closed = await sandbox.client.v1.disputes.close_async(dispute.id)
    assert (closed.status, closed.amount) == ("lost", 500)
    await sandbox.receiver.event("charge.dispute.closed", dispute.id)
    with pytest.raises(stripe.InvalidRequestError, match="already closed"):
        await sandbox.client.v1.disputes.close_async(dispute.id)
    listed = await sandbox.client.v1.disputes.list_async(params={"charge": str(dispute.charge)})
    assert [d.id for d in listed.data] == [dispute.id]


async def test_an_early_fraud_warning_is_only_a_warning(sandbox: Running) -> None:
    intent = await sandbox.paid()
    warning = await sandbox.control(f"/charges/{intent.id}/warn")
    event = await sandbox.receiver.event("radar.early_fraud_warning.created", warning["id"])
    assert event.data.object["actionable"] is True
    found = await sandbox.client.v1.radar.early_fraud_warnings.retrieve_async(warning["id"])
    assert found.payment_intent == intent.id
