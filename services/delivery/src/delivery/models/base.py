"""Base of delivery's tables: metadata of its own."""

from sqlalchemy.orm import registry
from sqlmodel import SQLModel


class DeliveryTable(SQLModel, registry=registry()):
    """What every table of delivery derives from."""
