"""For creators: an order's evidence, to read and to hand to a bank; and the figures of downloads."""

import asyncio
from datetime import datetime
from typing import Annotated, Literal, Self
from uuid import UUID

from chassis.api import InTransaction, ResponseModel, WithDatabase
from chassis.path_ids import OrderId, PageId, ProductId
from chassis.problems import problems
from chassis.scopes import ReadsDownloads
from fastapi import APIRouter, Header, Query, Response

from delivery.http import evidence_report
from delivery.http.views import DownloadAttemptView, GrantView, OrderEventView
from delivery.use_cases.gather_evidence import Evidence, SeenAttempt, gather_evidence
from delivery.use_cases.show_figures import figures_of_page, figures_of_product

PDF = "application/pdf"
router = APIRouter(tags=["creators"])


class ProductView(ResponseModel):
    """As it is now; `fileName` is that of its newest file."""

    id: UUID
    name: str
    file_name: str | None
    file_size_bytes: int | None


class EvidenceAttempt(DownloadAttemptView):
    """`address` is kept for 30 days; null after that."""

    address: str | None = None

    @classmethod
    def of(cls, seen: SeenAttempt) -> Self:
        return cls.model_validate(seen.attempt).model_copy(update={"address": seen.address})


class ChainView(ResponseModel):
    """`head` is the digest of the newest event, over all before it; `firstBroken` the position where that fails."""

    length: int
    head: str
    first_broken: int | None


class EvidenceView(ResponseModel):
    """Oldest first; of more than 1,000 attempts the newest."""

    order_id: UUID
    gathered_at: datetime
    product: ProductView | None
    grants: list[GrantView]
    events: list[OrderEventView]
    attempts: list[EvidenceAttempt]
    attempts_omitted: int
    chain: ChainView

    @classmethod
    def of(cls, found: Evidence) -> Self:
        return cls(
            order_id=found.order_id,
            gathered_at=found.gathered_at,
            product=ProductView.model_validate(found.product) if found.product else None,
            grants=[GrantView.model_validate(grant) for grant in found.grants],
            events=[OrderEventView.model_validate(event) for event in found.events],
            attempts=[EvidenceAttempt.of(seen) for seen in found.attempts],
            attempts_omitted=found.attempts_omitted,
            chain=ChainView.model_validate(found.chain),
        )


class FiguresView(ResponseModel):
    """`refused` counts refusals by outcome (`refused_expired`, …): one grant can be refused often."""

    grants: int
    downloaded: int
    never_downloaded: int
    used_up: int
    revoked: int
    refused: dict[str, int]


@router.get(
    "/v1/orders/{orderId}/evidence",
    operation_id="showEvidence",
    summary="Who was granted what and downloaded it when: as JSON, or as PDF for a bank",
    response_model=EvidenceView,
    responses={
        200: {"content": {PDF: {"schema": {"type": "string", "format": "binary"}}}, "description": "The evidence"},
        **problems(401, 404, 422),
    },
)
async def show_evidence(
    order_id: OrderId,
    who: ReadsDownloads,
    tx: InTransaction,
    form: Annotated[Literal["json", "pdf"] | None, Query(alias="format")] = None,
    accept: Annotated[str | None, Header(include_in_schema=False)] = None,
) -> Response | EvidenceView:
    """`format` decides; without it, PDF for who accepts `application/pdf`."""
    evidence = await gather_evidence(tx, who.creator_id, order_id)
    if form == "pdf" or (form is None and PDF in (accept or "")):
        pdf = await asyncio.to_thread(evidence_report.of, evidence)
        disposition = f'attachment; filename="evidence-{order_id}.pdf"'
        return Response(pdf, media_type=PDF, headers={"Content-Disposition": disposition, "Vary": "Accept"})
    return EvidenceView.of(evidence)


@router.get(
    "/v1/pages/{pageId}/download-figures",
    operation_id="showPageFigures",
    summary="Of what a page sold: how much was downloaded, and why links were refused",
    responses=problems(401, 404, 422),
)
async def show_page_figures(page_id: PageId, who: ReadsDownloads, db: WithDatabase) -> FiguresView:
    async with db.reading(replica=True) as session:
        return FiguresView.model_validate(await figures_of_page(session, who.creator_id, page_id))


@router.get(
    "/v1/products/{productId}/download-figures",
    operation_id="showProductFigures",
    summary="Of a product: how much was downloaded, and why links were refused",
    responses=problems(401, 404, 422),
)
async def show_product_figures(product_id: ProductId, who: ReadsDownloads, db: WithDatabase) -> FiguresView:
    async with db.reading(replica=True) as session:
        return FiguresView.model_validate(await figures_of_product(session, who.creator_id, product_id))
