"""The running sandbox: its state, its clock, and the bells that wake its two tasks."""

import asyncio
import time
from collections.abc import Callable

from stripe_sandbox import webhook_endpoints
from stripe_sandbox.books import Books, Cause
from stripe_sandbox.config import Config
from stripe_sandbox.faults import Faults
from stripe_sandbox.idempotency import Idempotency
from stripe_sandbox.store import Store


class Sandbox:
    """Everything with a lifetime. `clock` is Unix time; tests may give another."""

    def __init__(self, config: Config, clock: Callable[[], float] = time.time) -> None:
        self.config = config
        self.clock = clock
        self.store = Store(config.data)
        self.faults = Faults(self.store)
        self.idempotency = Idempotency(self.store)
        self.agenda_changed = asyncio.Event()
        self.deliveries_changed = asyncio.Event()
        self._configure()

    def _configure(self) -> None:
        books = self.books()
        with self.store.transaction():
            webhook_endpoints.configure(books, self.config.webhooks)

    def books(self, cause: Cause | None = None) -> Books:
        """The books for one request, or for what no request caused."""
        own = cause or Cause(api_version=self.config.api_version)
        return Books(self.store, self.config, self.clock, self._wake, own)

    def _wake(self) -> None:
        self.agenda_changed.set()
        self.deliveries_changed.set()

    def close(self) -> None:
        """Release the data file."""
        self.store.close()
