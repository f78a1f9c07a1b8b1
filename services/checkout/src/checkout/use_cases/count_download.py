"""Keep an order's download figures as its grant last told them."""

from typing import Any

from chassis.db import Tx
from contracts import Envelope
from contracts.delivery import DownloadAttempted, DownloadOutcome
from sqlmodel import col, update

from checkout.models import Order

DOWNLOADED = {DownloadOutcome.GRANTED, DownloadOutcome.RESUMED}


async def count_download(tx: Tx, envelope: Envelope[DownloadAttempted]) -> None:
    attempt = envelope.data
    newer = update(Order).where(col(Order.id) == attempt.order_id, col(Order.grant_version) < attempt.version)
    figures: dict[str, Any] = {"download_attempts": attempt.attempts_used, "grant_version": attempt.version}
    if attempt.outcome in DOWNLOADED:
        figures["last_download_at"] = attempt.at
    elif attempt.outcome is DownloadOutcome.STORAGE_FAILED and attempt.attempts_used == 0:
        figures["last_download_at"] = None  # what was told as granted a moment ago came to nothing
    await tx.session.execute(newer.values(figures))
