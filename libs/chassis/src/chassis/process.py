"""A process of parts that run side by side, told to stop by a signal: what is under way ends first, within a bound."""

import asyncio
import faulthandler
import signal
from collections.abc import Coroutine, Mapping
from contextlib import suppress
from typing import Any

from chassis import telemetry
from chassis.clock import first_of

log = telemetry.logger(__name__)
STOP_SECONDS = 17
"""From the signal until what is still under way is cut off: all of it can be repeated."""
LAST_SECONDS = 23
"""From the signal until the process ends in any case, with its stacks on stderr."""


def stop_on_signals(stopping: asyncio.Event) -> asyncio.Event:
    """Set `stopping` at the first SIGTERM or SIGINT; what is answered is set at the second."""
    hurry = asyncio.Event()

    def stop() -> None:
        (hurry if asked.is_set() else stopping).set()
        asked.set()

    asked = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop)
    return hurry


async def play(parts: Mapping[str, Coroutine[Any, Any, None]], stopping: asyncio.Event, hurry: asyncio.Event) -> bool:
    """Run `parts` until `stopping`, then let them end. Whether each ended well, when told to, in time.

    A part that fails, or ends before it is told to, stops the others: whoever started the process starts it anew.
    """
    tasks = {name: asyncio.create_task(_watched(name, part, stopping)) for name, part in parts.items()}
    await stopping.wait()
    with suppress(TimeoutError):
        async with asyncio.timeout(STOP_SECONDS):
            await first_of(asyncio.wait(tasks.values()), hurry.wait())
    if late := [name for name, task in tasks.items() if not task.done()]:
        log.error("cut off", parts=late)
    for task in tasks.values():
        task.cancel()
    outcomes = await asyncio.gather(*tasks.values(), return_exceptions=True)
    return all(outcome is True for outcome in outcomes)


async def end_in_any_case(stopping: asyncio.Event) -> None:
    """From `stopping` on the process has LAST_SECONDS, whatever hangs."""
    await stopping.wait()
    faulthandler.dump_traceback_later(LAST_SECONDS, exit=True)


async def _watched(name: str, part: Coroutine[Any, Any, None], stopping: asyncio.Event) -> bool:
    try:
        await part
        if not stopping.is_set():
            log.error("part ended before it was told to", part=name)
            return False
    except Exception as error:
        log.error("part failed", part=name, exc_info=error)
        return False
    finally:
        stopping.set()
    return True
