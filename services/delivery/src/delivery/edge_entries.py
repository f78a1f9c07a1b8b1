"""What Cloudflare's edge is told of download links, by token hash: until when each opens, and how it is refused."""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from chassis.db import Session
from chassis.edge import Entry
from chassis.errors import Problem
from sqlalchemy import select
from sqlmodel import col

from delivery.errors import LinkExpired
from delivery.models import DownloadGrant
from delivery.store import EDGE_KEY


async def edge_entries(session: Session, keys: Sequence[str], _now: datetime) -> Mapping[str, Entry]:
    """None of a token that opens nothing: the origin says so."""
    hashes = [key.removeprefix(EDGE_KEY) for key in keys]
    grants = await session.execute(select(DownloadGrant).where(col(DownloadGrant.token_hash).in_(hashes)))
    return {EDGE_KEY + grant.token_hash: _entry(grant) for grant in grants.scalars()}


def _entry(grant: DownloadGrant) -> Entry:
    """Attempts and addresses are not told: at every click the origin decides."""
    revocation = grant.revocation()
    facts = {
        "expiresAt": grant.expires_at.isoformat(),
        "refusal": None if revocation is None else _document(revocation),
        "afterwards": _document(LinkExpired()),
    }
    return Entry(json.dumps(facts), grant.expires_at)


def _document(problem: Problem) -> dict[str, Any]:
    told = {"type": problem.slug, "title": problem.title, "status": problem.status, "detail": problem.detail}
    return {**told, **problem.more}
