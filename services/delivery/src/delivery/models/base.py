"""Base of delivery's tables: metadata of its own."""

from chassis.edge import edge_writes
from sqlalchemy.orm import registry
from sqlmodel import SQLModel


class DeliveryTable(SQLModel, registry=registry()):
    """What every table of delivery derives from."""


EDGE_WRITES = edge_writes(DeliveryTable.metadata)
"""Keys of which Cloudflare's edge is to be told."""
