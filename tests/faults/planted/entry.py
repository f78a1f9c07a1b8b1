"""How a spoilt service starts: as it would, once the bug is in its place."""

import runpy
import sys


def plant(where: object, name: str, bug: object) -> None:
    """Put `bug` in the place of what `where` calls `name`."""
    setattr(where, name, bug)


def start() -> None:
    """The service named on the command line."""
    runpy.run_module(sys.argv[1], run_name="__main__")
