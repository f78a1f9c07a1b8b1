"""`python -m cloudflare_sandbox`: serve until told to stop."""

import argparse

import uvicorn

from cloudflare_sandbox.app import create_app


def main() -> None:
    parser = argparse.ArgumentParser(prog="cloudflare_sandbox", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8787)
    given = parser.parse_args()
    uvicorn.run(create_app(), host=given.host, port=given.port, log_level="warning", access_log=False)


if __name__ == "__main__":
    main()
