"""The whole system on one machine: its infrastructure, its five services, and nothing outside one directory."""

from local_stack.processes import StartFailed
from local_stack.stack import Stack

__all__ = ["Stack", "StartFailed"]
