"""What anybody may ask of a page, as ratios to a bare Starlette answer in the same run.

Counted is the server's processor time for each request: it does not depend on the client, or on who else is busy here.
    .venv/bin/python bench/public_page.py [--requests 3000] [--rounds 3]
"""

import argparse
import asyncio
import os
import socket
import sys
import tempfile
from pathlib import Path
from statistics import median
from urllib.parse import urlsplit

import httpx
import uvicorn
from local_stack import Stack
from local_stack.ports import SERVICES
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

CLIENTS = 16
TICKS = os.sysconf("SC_CLK_TCK")


def processor_seconds(pid: int) -> float:
    """User and system time of `pid` since its start."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


async def bare(_request: Request) -> Response:
    return Response(b"x" * 1000, media_type="text/html")


def free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port: int = taken.getsockname()[1]
        return port


def serve_bare(port: int) -> None:
    uvicorn.run(Starlette(routes=[Route("/", bare)]), port=port, log_level="error", access_log=False)


async def ask(url: str, requests: int) -> None:
    """Over connections that stay open."""
    at = urlsplit(url)
    request = f"GET {at.path or '/'} HTTP/1.1\r\nHost: {at.netloc}\r\n\r\n".encode()

    async def one() -> None:
        reader, writer = await asyncio.open_connection(at.hostname, at.port)
        for _ in range(requests // CLIENTS):
            writer.write(request)
            head = await reader.readuntil(b"\r\n\r\n")
            assert head.startswith(b"HTTP/1.1 200"), head
            length = next(line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:"))
            await reader.readexactly(int(length.split(b":")[1]))
        writer.close()

    await asyncio.gather(*(one() for _ in range(CLIENTS)))


async def cost(pid: int, url: str, requests: int) -> float:
    """Processor seconds a request."""
    await ask(url, CLIENTS * 10)
    before = processor_seconds(pid)
    await ask(url, requests)
    return (processor_seconds(pid) - before) / (requests // CLIENTS * CLIENTS)


async def answers(url: str) -> None:
    async with asyncio.timeout(60), httpx.AsyncClient() as client:
        while True:
            try:
                await client.get(url)
            except httpx.HTTPError:
                await asyncio.sleep(0.1)
            else:
                return


async def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--requests", type=int, default=3000)
    parser.add_argument("--rounds", type=int, default=3)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as state:
        async with Stack(Path(state), services=SERVICES, demo=True) as stack:
            await measure(stack, asked.requests, asked.rounds)


async def measure(stack: Stack, requests: int, rounds: int) -> None:
    pages = stack.endpoints["pages"]
    short_id = stack.endpoints["demo"]["page"].rpartition("/")[2]
    pid = stack.parts["pages"].pid
    assert pid is not None
    origin = f"http://127.0.0.1:{free_port()}"
    other = await asyncio.create_subprocess_exec(sys.executable, __file__, "--serve-bare", origin.rpartition(":")[2])
    ways = {
        "bare Starlette": (other.pid, origin + "/"),
        "the page, as HTML": (pid, f"{pages}/p/{short_id}"),
        "its state, as JSON": (pid, f"{pages}/v1/public/pages/{short_id}"),
    }
    try:
        await answers(origin)
        found = {name: [await cost(*way, requests) for _ in range(rounds)] for name, way in ways.items()}
    finally:
        other.terminate()
        await other.wait()
    least = median(found["bare Starlette"])
    print(f"processor time of {requests} requests, medians of {rounds}:")
    for name, costs in found.items():
        print(f"{name:20} {least / median(costs):.2f} ({median(costs) * 1e6:.0f} µs)")


if __name__ == "__main__":
    if sys.argv[1:2] == ["--serve-bare"]:
        serve_bare(int(sys.argv[2]))
    else:
        asyncio.run(main())
