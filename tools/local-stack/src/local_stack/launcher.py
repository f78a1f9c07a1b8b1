"""The process that keeps a stack: starts it, tells those who watch, takes orders, and stops it."""

import asyncio
import signal
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import asdict
from typing import Any

from local_stack import control
from local_stack.addresses import overrides
from local_stack.control import Answer, Send
from local_stack.places import State
from local_stack.stack import Stack
from local_stack.supervisor import Progress

ORDERS = ("start", "stop", "restart", "kill")


class Launcher:
    """One stack, from its start to SIGTERM, SIGINT or the order `down`."""

    def __init__(
        self,
        state: State,
        environ: Mapping[str, str],
        *,
        demo: bool = True,
        infrastructure_only: bool = False,
        show: Callable[[Answer], None] = lambda _answer: None,
    ) -> None:
        self._state = state
        self._show = show
        self._story: list[Answer] = []
        self._news = asyncio.Event()
        self._task: asyncio.Task[Any] | None = None
        self._stopping = False
        self._stack = Stack(
            state.path,
            infrastructure_only=infrastructure_only,
            durable=True,
            demo=demo,
            overrides=overrides(environ),
            tell=lambda progress: self._tell(progress),
        )

    async def run(self) -> None:
        """Returns when all is stopped. Raises StartFailed, binaries.Missing, AlreadyRunning."""
        self._task = asyncio.current_task()
        for number in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(number, self._end)
        with self._state.locked():
            async with control.listening(self._state.control, self._obey):
                await self._keep()

    async def _keep(self) -> None:
        try:
            with suppress(asyncio.CancelledError):
                await self._stack.open()
                self._say({"up": self._stack.endpoints, "parts": list(self._stack.parts)})
                await asyncio.Event().wait()
        except Exception as reason:
            self._say({"failed": str(reason) or type(reason).__name__})
            raise
        finally:
            self._stopping = True
            self._say({"failed": "it was stopped"})
            await self._stack.close()

    def _end(self) -> None:
        """Once: a second signal must not interrupt the stopping."""
        self._stopping = True
        if self._task:
            self._task.cancel()
            self._task = None

    def _tell(self, progress: Progress) -> None:
        self._say(asdict(progress))

    def _say(self, answer: Answer) -> None:
        self._story.append(answer)
        self._show(answer)
        self._news.set()
        self._news = asyncio.Event()

    async def _obey(self, request: dict[str, Any], send: Send) -> None:
        command = request["command"]
        if command == "watch":
            await self._watch(send)
        elif command == "status":
            await send(self._status())
        elif command == "down":
            self._end()
        elif command in ORDERS:
            await getattr(self._stack, command)(request["name"])
        else:
            raise ValueError(f"unknown command {command!r}")

    async def _watch(self, send: Send) -> None:
        """The whole story so far, then as it happens, until all is ready or nothing will be. Or that it ends."""
        if self._stopping:
            await send({"stopping": True})
            return
        told = 0
        while True:
            for answer in self._story[told:]:
                await send(answer)
                told += 1
                if "up" in answer or "failed" in answer:
                    return
            await self._news.wait()

    def _status(self) -> Answer:
        parts = [
            {
                "name": keeper.part.name,
                "state": keeper.state,
                "pid": keeper.pid,
                "seconds": keeper.seconds,
                "restarts": keeper.restarts,
            }
            for keeper in self._stack.parts.values()
        ]
        return {"parts": parts, "endpoints": self._stack.endpoints}
