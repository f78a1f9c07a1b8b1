"""Outside judges against the whole stack behind TLS, on this machine alone: `make test-security`.

MDN's HTTP Observatory and Google's CSP evaluator look at each kind of page, wapiti attacks what it finds from there,
bandit reads the code, pip-audit asks for known holes of what is locked. Fails when one of them finds something.
"""

import asyncio
import json
import os
import socket
import ssl
import sys
import tempfile
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import httpx
from local_stack import Stack
from local_stack.parts import edge
from local_stack.places import ROOT
from local_stack.probes import Probe
from local_stack.seller import Seller, soon
from local_stack.supervisor import Keeper

TOOLS = ROOT / "tools" / "security-scan"
JUDGES = ROOT / ".local" / "security-scan" / "bin"
MODULES = "cookieflags,crlf,csp,exec,file,http_headers,ldap,methods,permanentxss,redirect,sql,xss"
"""Of wapiti's, those that need nobody outside this machine."""
AS_SOLD = {"STRIPE_CHECKOUT_ORIGIN": "https://checkout.stripe.com"}
"""What the pages' forms may lead to; the sandbox has no TLS, and nobody pays here."""
EXPLAINED = {"Clickjacking Protection"}
"""It misses X-Frame-Options, and does not read frame-ancestors, which replaced it: docs/security.md."""
SECONDS = 120
OPTIONS = "auto_https disable_redirects\n\tlocal_certs\n\tskip_install_trust"
"""Of Caddy's: a certificate of its own authority, which nobody is made to trust."""


@dataclass(frozen=True)
class Verdict:
    """`findings` is None where a judge could not do its work; `said` says why, or what it looked at."""

    judge: str
    said: str
    findings: list[str] | None


async def run(*command: str, **env: str) -> tuple[int, str, str]:
    """Its code, what it wrote and what it complained of."""
    process = await asyncio.create_subprocess_exec(
        *command,
        env={**os.environ, **env},
        cwd=TOOLS,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    out, complaint = await process.communicate()
    assert process.returncode is not None
    return process.returncode, out.decode(errors="replace"), complaint.decode(errors="replace")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def answers(port: int, certificate: Path) -> Probe:
    """Over TLS, with a certificate of the authority's."""

    async def probe() -> None:
        async with httpx.AsyncClient(verify=ssl.create_default_context(cafile=certificate)) as client:
            (await client.get(f"https://localhost:{port}/health")).raise_for_status()

    return probe


@asynccontextmanager
async def behind_tls(stack: Stack) -> AsyncIterator[tuple[int, Path]]:
    """The edge of deploy/, once more, over HTTPS: its port, and its authority's certificate."""
    port = free_port()
    part = edge.part(stack.state, stack.addresses)
    folder = stack.state.folder("edge-tls")
    env = {**part.env, "EDGE_ADDRESS": f"https://localhost:{port}", "EDGE_OPTIONS": OPTIONS}
    certificate = folder / "caddy" / "pki" / "authorities" / "local" / "root.crt"
    env |= dict.fromkeys(("HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME"), str(folder))
    part = replace(part, name="edge-tls", env=env, ports=(port,), ready=answers(port, certificate))
    keeper = Keeper(part, stack.state.log("edge-tls"), lambda _progress: None)
    await keeper.start()
    try:
        yield port, certificate
    finally:
        await keeper.stop()


async def pages_of(stack: Stack) -> list[str]:
    """A page of each kind."""
    async with httpx.AsyncClient(base_url=stack.endpoints["edge"], timeout=60) as client:
        seller = await Seller.registered(client)
        await seller.link_stripe()
        product = await seller.product()
        await seller.upload(product["id"], b"PK\x03\x04" + bytes(1000))
        live = await seller.page(product["id"])
        ahead = await seller.page(product["id"], launchAt=soon(days=1), expiresAt=soon(days=2))
    pages = ["/", *(f"/p/{page['shortId']}" for page in (live, ahead)), f"/p/{live['shortId']}/embed"]
    return [*pages, "/d", "/o", "/r/confirm", "/r/delete", "/api/catalog/docs", "/api/catalog/openapi.json"]


async def look(port: int, certificate: Path, pages: Sequence[str]) -> list[Verdict]:
    command = ("node", "scan.js", str(port), str(free_port()), *pages)
    code, out, complaint = await run(*command, NODE_EXTRA_CA_CERTS=str(certificate))
    if code:
        return [Verdict("MDN Observatory, CSP evaluator", complaint[-500:], None)]
    rows = json.loads(out)
    grades = ", ".join(sorted({row["grade"] for row in rows}))
    observed = [f"{row['path']}: {failure}" for row in rows for failure in row["failed"]]
    weak = [f"{row['path']}: {weakness}" for row in rows for weakness in row["weaknesses"]]
    return [
        Verdict("MDN HTTP Observatory", f"{len(rows)} pages, graded {grades}", observed),
        Verdict("CSP evaluator", f"{len(rows)} policies", weak),
    ]


async def attack(port: int, page: str, folder: Path) -> Verdict:
    report = folder / "wapiti.json"
    options = ("--scope", "domain", "--verify-ssl", "0", "--flush-session", "--no-bugreport", "--store-session")
    bounds = ("--max-scan-time", str(SECONDS), "--max-attack-time", str(SECONDS // 8), "--depth", "3", "--tasks", "4")
    seeds = [argument for path in ("/", "/d", "/o") for argument in ("-s", f"https://localhost:{port}{path}")]
    command = (str(JUDGES / "wapiti"), "-u", f"https://localhost:{port}{page}", *seeds, "-m", MODULES, *options)
    _, out, complaint = await run(
        *command, str(folder), "--store-config", str(folder), *bounds, "-f", "json", "-o", str(report)
    )
    if not report.exists():
        return Verdict("wapiti", (complaint or out)[-500:], None)
    found: dict[str, Any] = json.loads(report.read_text())
    kinds = {**found["vulnerabilities"], **found["anomalies"]}
    kept = {kind: each for kind, each in kinds.items() if kind not in EXPLAINED}
    findings = [f"{kind}: {one['method']} {one['path']} {one['info']}" for kind, each in kept.items() for one in each]
    return Verdict("wapiti", f"{found['infos'].get('crawled_pages_nbr', 'its')} pages, {MODULES}", findings)


async def read_code() -> Verdict:
    folders = [str(folder) for kind in ("libs", "services") for folder in sorted((ROOT / kind).glob("*/src"))]
    configured = ("--configfile", str(ROOT / "pyproject.toml"), "--format", "json", "--quiet")
    _, out, complaint = await run(sys.executable, "-m", "bandit", "--recursive", *configured, *folders)
    if not out:
        return Verdict("bandit", complaint[-500:], None)
    found = json.loads(out)
    findings = [
        f"{one['filename']}:{one['line_number']} {one['issue_text']}"
        for one in found["results"]
        if one["issue_severity"] != "LOW"
    ]
    return Verdict("bandit", f"{found['metrics']['_totals']['loc']} lines, medium severity and above", findings)


async def audit() -> Verdict:
    locked = ("--disable-pip", "--no-deps", "--format", "json", "--progress-spinner", "off", "--timeout", "10")
    command = (str(JUDGES / "pip-audit"), "-r", str(ROOT / "requirements.lock"), "--require-hashes", *locked)
    _, out, complaint = await run(*command)
    try:
        packages = json.loads(out)["dependencies"]
    except ValueError:
        return Verdict("pip-audit", f"could not ask: {complaint.strip().splitlines()[-1][:160]}", None)
    skipped = [one["name"] for one in packages if "skip_reason" in one]
    if skipped:
        return Verdict("pip-audit", f"nothing is known of {len(skipped)} of {len(packages)} packages", None)
    holes = [f"{one['name']} {one['version']}: {hole['id']}" for one in packages for hole in one.get("vulns", ())]
    return Verdict("pip-audit", f"{len(packages)} packages", holes)


async def judged() -> list[Verdict]:
    with tempfile.TemporaryDirectory() as folder:
        async with Stack(Path(folder) / "stack", overrides=AS_SOLD) as stack:
            pages = await pages_of(stack)
            async with behind_tls(stack) as (port, certificate):
                seen = await look(port, certificate, pages)
                attacked = await attack(port, pages[1], Path(folder))
    return [*seen, attacked, await read_code(), await audit()]


def main() -> int:
    verdicts = asyncio.run(judged())
    for verdict in verdicts:
        result = "not done" if verdict.findings is None else f"{len(verdict.findings)} found"
        print(f"{verdict.judge:22} {result:10} {verdict.said}")
    for verdict in verdicts:
        for finding in verdict.findings or ():
            print(f"  {verdict.judge}: {finding}")
    return 1 if any(verdict.findings for verdict in verdicts) else 0


if __name__ == "__main__":
    sys.exit(main())
