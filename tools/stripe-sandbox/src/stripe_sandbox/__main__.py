"""`python -m stripe_sandbox`: serve until told to stop."""

import argparse
from pathlib import Path

import uvicorn

from stripe_sandbox.app import create_app
from stripe_sandbox.config import load


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="stripe_sandbox", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=12111)
    parser.add_argument("--data", type=Path, required=True, help="folder for the sandbox's state; made when missing")
    parser.add_argument("--config", type=Path, help="JSON file: api_key, public_url, webhooks, retries, ...")
    parser.add_argument("--log-level", default="warning")
    return parser.parse_args()


def main() -> None:
    """Read the command line and serve; SIGTERM ends it within a few seconds."""
    given = _arguments()
    config = load(given.config, given.data, f"http://{given.host}:{given.port}")
    uvicorn.run(
        create_app(config),
        host=given.host,
        port=given.port,
        log_level=given.log_level,
        access_log=False,
        timeout_graceful_shutdown=5,
    )


if __name__ == "__main__":
    main()
