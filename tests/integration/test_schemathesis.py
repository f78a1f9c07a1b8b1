"""Schemathesis asks every gateway what its OpenAPI document allows and forbids: case by case, and then in chains.

In the stateful phase it follows what one answer gives to the next question; a creator who has one of everything is
what its chains begin from.
"""

import asyncio
import os
import re
import sys
from pathlib import Path

import pytest
from local_stack import Stack

from .journey import Creator
from .openapi import SERVICES
from .stocked import one_of_everything

CONFIG = Path(__file__).with_name("schemathesis.toml")
EXAMPLES = 8
"""An operation and phase; `st run --max-examples 1000` asks longer."""
BY_MAIL = {"leads"}
"""Whose operations follow from one another by what stands in a mail, which schemathesis does not read."""
FOLLOWED = re.compile(r"API Links: +(\d+) covered")


@pytest.mark.timeout(600)
@pytest.mark.parametrize("service", SERVICES)
async def test_no_case_breaks_what_the_document_says(
    stack: Stack, creator: Creator, service: str, tmp_path: Path
) -> None:
    ids = await one_of_everything(creator, stack)
    asked = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "schemathesis.cli", "--config-file", str(CONFIG), "--no-color"),
        *("run", f"{stack.endpoints[service]}/openapi.json"),
        *("--header", f"Authorization: {creator.headers['Authorization']}"),
        *("--max-examples", str(EXAMPLES), "--generation-database", "none"),
        *("--continue-on-failure", "--suppress-health-check", "all", "--warnings", "off"),
        cwd=tmp_path,
        env={**os.environ, "ORDER_ID": ids["/v1/orders/"]},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    said, _ = await asked.communicate()
    assert asked.returncode == 0, said.decode()[-6000:]
    found = FOLLOWED.search(said.decode())
    assert found is not None
    assert int(found[1]) > 0 or service in BY_MAIL, "no chain led from one operation to the next"
