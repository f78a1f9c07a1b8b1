"""Schemathesis asks every gateway what its OpenAPI document allows and forbids, by cases of its own."""

import asyncio
import sys
from pathlib import Path

import pytest
from local_stack import Stack

from .journey import Creator
from .openapi import SERVICES

CONFIG = Path(__file__).with_name("schemathesis.toml")
EXAMPLES = 15
"""An operation and phase; `st run --max-examples 1000` asks longer."""


@pytest.mark.parametrize("service", SERVICES)
async def test_no_case_breaks_what_the_document_says(
    stack: Stack, creator: Creator, service: str, tmp_path: Path
) -> None:
    asked = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "schemathesis.cli", "--config-file", str(CONFIG), "--no-color"),
        *("run", f"{stack.endpoints[service]}/openapi.json"),
        *("--header", f"Authorization: {creator.headers['Authorization']}"),
        *("--max-examples", str(EXAMPLES), "--generation-database", "none"),
        *("--continue-on-failure", "--suppress-health-check", "all", "--warnings", "off"),
        cwd=tmp_path,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    said, _ = await asked.communicate()
    assert asked.returncode == 0, said.decode()[-6000:]
