"""What leads's tables share."""

from sqlalchemy.orm import registry
from sqlmodel import SQLModel

Answers = dict[str, str | int | float | bool]
"""Custom fields by name, each as its field's type has it; dates as YYYY-MM-DD."""


class LeadsTable(SQLModel, registry=registry()):
    """Base of leads's tables: metadata of its own."""
