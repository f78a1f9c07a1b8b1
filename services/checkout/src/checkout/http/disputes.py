"""A creator's disputes, and the evidence against them."""

from typing import Annotated
from uuid import UUID

from chassis.api import Listing, Page, RequestModel, ResponseModel, WithDatabase
from chassis.errors import NotFound
from chassis.path_ids import DisputeId
from chassis.problems import problems
from chassis.scopes import ReadsDisputes, WritesDisputes
from chassis.texts import Prose
from contracts.event import Instant
from fastapi import APIRouter, Query, Request
from pydantic import AliasChoices, Field, StrictBool

from checkout import store
from checkout.models import Dispute
from checkout.use_cases.submit_evidence import Answer, submit_evidence

router = APIRouter(tags=["disputes"])


class DisputeView(ResponseModel):
    """`status` is Stripe's; `dueBy` is until when the bank takes evidence, which it takes once."""

    id: UUID
    order_id: UUID
    amount: int
    currency: str
    reason: str
    status: str = Field(validation_alias=AliasChoices("status", "stripe_status"))
    created_at: Instant
    due_by: Instant | None
    evidence_submitted_at: Instant | None
    closed_at: Instant | None


class NewEvidence(RequestModel):
    """What is known here is gathered by itself; `explanation` is the creator's own word."""

    explanation: Annotated[Prose, Field(min_length=1, max_length=10_000)] | None = None
    submit: StrictBool = True


class EvidenceView(ResponseModel):
    """What Stripe has now, by its names of evidence; a PDF of the same goes with it."""

    dispute: DisputeView
    texts: dict[str, str]


@router.get(
    "/v1/disputes",
    operation_id="listDisputes",
    summary="Disputes of your orders, newest first",
    responses=problems(401, 422),
)
async def list_disputes(
    principal: ReadsDisputes, db: WithDatabase, listing: Listing, order: Annotated[UUID | None, Query()] = None
) -> Page[DisputeView]:
    async with db.reading(replica=True) as reading:
        found = await store.disputes_of(reading, principal.creator_id, order, listing.before, listing.limit + 1)
    return listing.page(found, DisputeView.model_validate)


@router.get(
    "/v1/disputes/{disputeId}",
    operation_id="readDispute",
    summary="One dispute",
    responses=problems(401, 404, 422),
)
async def read_dispute(dispute_id: DisputeId, principal: ReadsDisputes, db: WithDatabase) -> DisputeView:
    async with db.reading() as reading:
        dispute = await reading.get(Dispute, dispute_id)
        order = await store.order_by_id(reading, dispute.order_id) if dispute else None
    if order is None or order.creator_id != principal.creator_id:
        raise NotFound
    return DisputeView.model_validate(dispute)


@router.post(
    "/v1/disputes/{disputeId}/evidence",
    operation_id="submitEvidence",
    summary="Gather the evidence, and hand it to the bank",
    description="With submit false it is only kept at Stripe. What was submitted cannot be changed.",
    responses=problems(401, 404, 409, 422, 503),
)
async def submit(
    dispute_id: DisputeId, new: NewEvidence, principal: WritesDisputes, request: Request, db: WithDatabase
) -> EvidenceView:
    answer = Answer(principal.creator_id, dispute_id, new.explanation, new.submit)
    dispute, texts = await submit_evidence(db, request.app.state.payments, answer)
    return EvidenceView(dispute=DisputeView.model_validate(dispute), texts=texts)
