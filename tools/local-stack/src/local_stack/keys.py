"""`python -m local_stack.keys deploy/.env`: the keys that deploy/compose.yaml asks for, as lines of its .env."""

import argparse
import os
import sys
from pathlib import Path

from local_stack.credentials import MAKERS
from local_stack.display import say

NAMES = ("catalog_link_keys", "catalog_signing_keys", "checkout_link_keys", "leads_link_keys", "leads_signing_keys")


def lines() -> str:
    return "".join(f"{name.upper()}='{MAKERS[name]()}'\n" for name in NAMES)


def write(file: Path) -> None:
    """Make `file`, for its owner alone. Raises FileExistsError: the keys in one that is there are in use."""
    with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as out:
        out.write(lines())


def main() -> int:
    arguments = argparse.ArgumentParser(prog="local_stack.keys", description=__doc__)
    arguments.add_argument("file", type=Path, nargs="?", help="must not exist yet; without it the keys are printed")
    file = arguments.parse_args().file
    if file is None:
        print(lines(), end="")
        return 0
    try:
        write(file)
    except FileExistsError:
        say(f"{file} exists and is left as it is: links and sign-ins made with its keys need them.")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
