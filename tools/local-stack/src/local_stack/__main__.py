"""`python -m local_stack COMMAND [--state DIR]`: what the Makefile's targets call."""

import argparse
import asyncio
import ctypes
import os
import signal
import sys
from collections.abc import Coroutine
from io import TextIOWrapper
from pathlib import Path
from typing import Any

from local_stack import commands
from local_stack.binaries import Missing
from local_stack.control import NotRunning
from local_stack.display import Display, addresses, say
from local_stack.launcher import ORDERS, Launcher
from local_stack.places import ROOT, AlreadyRunning, State
from local_stack.processes import StartFailed

PR_SET_PDEATHSIG = 1


def main() -> int:
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="replace")  # what the locale cannot write must not end a command halfway
    given = _parser().parse_args()
    state = State(given.state)
    try:
        return commands.logs(state, given.name) if given.command == "logs" else asyncio.run(_command(state, given))
    except (StartFailed, Missing, AlreadyRunning, NotRunning, RuntimeError) as reason:
        say(str(reason))
        return 1
    except KeyboardInterrupt:
        say("\nInterrupted. What was started goes on in the background; make down stops it.")
        return 130


def _command(state: State, given: argparse.Namespace) -> Coroutine[Any, Any, int]:
    match given.command:
        case "up":
            return commands.up(state, _options(given))
        case "down":
            return commands.down(state)
        case "status":
            return commands.status(state)
        case "clean":
            return commands.clean(state)
        case "run":
            return _run(state, given)
        case "supervise":
            return _supervise(state, given)
        case order:
            return commands.order(state, order, given.name)


async def _run(state: State, given: argparse.Namespace) -> int:
    """In the foreground: ends with Ctrl-C, SIGTERM, or whoever started it."""
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM, 0, 0, 0)
    display = Display()

    def show(answer: dict[str, Any]) -> None:
        display.show(answer)
        if "up" in answer:
            say(f"\n{addresses(answer['up'], state.endpoints, answer['parts'])}\n\n  Ctrl-C stops it")

    launcher = Launcher(state, os.environ, demo=not given.no_demo, infrastructure_only=given.infrastructure, show=show)
    await launcher.run()
    return 0


async def _supervise(state: State, given: argparse.Namespace) -> int:
    """In the background, for `up`."""
    await Launcher(state, os.environ, demo=not given.no_demo, infrastructure_only=given.infrastructure).run()
    return 0


def _options(given: argparse.Namespace) -> list[str]:
    chosen = {"--no-demo": given.no_demo, "--infrastructure": given.infrastructure}
    return [option for option, is_chosen in chosen.items() if is_chosen]


def _parser() -> argparse.ArgumentParser:
    shared = argparse.ArgumentParser(add_help=False)
    shared.add_argument("--state", type=Path, default=ROOT / ".local", help="the stack's directory (.local)")
    starting = argparse.ArgumentParser(add_help=False, parents=[shared])
    starting.add_argument("--no-demo", action="store_true", help="make no demo creator")
    starting.add_argument("--infrastructure", action="store_true", help="neither services nor edge")
    parser = argparse.ArgumentParser(prog="local_stack", description="The whole system on one machine.")
    known = parser.add_subparsers(dest="command", required=True)
    known.add_parser("up", parents=[starting], help="start in the background; returns when all is ready")
    known.add_parser("run", parents=[starting], help="start in the foreground; Ctrl-C ends it")
    known.add_parser("supervise", parents=[starting])
    known.add_parser("down", parents=[shared], help="stop")
    known.add_parser("status", parents=[shared], help="what runs, and where")
    known.add_parser("clean", parents=[shared], help="stop, and throw the state away")
    known.add_parser("logs", parents=[shared], help="follow the logs").add_argument("name", nargs="?", default="")
    for order in ORDERS:
        known.add_parser(order, parents=[shared], help=f"{order} one part of the running stack").add_argument("name")
    return parser


if __name__ == "__main__":
    sys.exit(main())
