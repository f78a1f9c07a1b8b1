"""Writes every generated document under docs/ and the golden events; with --check, fails where one is out of date."""

import argparse
import json
import sys
from importlib import import_module
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
SERVICES = ("catalog", "pages", "checkout", "delivery", "leads")


def documents() -> dict[Path, str]:
    """Path to content, of all that is generated."""
    found: dict[Path, str] = {}
    for name in SERVICES:
        service = import_module(f"{name}.main").describe()
        found[ROOT / "docs" / "openapi" / f"{name}.json"] = _json(service.app().openapi())
        found[ROOT / "docs" / "asyncapi" / f"{name}.json"] = _json(service.asyncapi())
    token = import_module("tempages.operators").OperatorToken("described" * 4)
    operators = import_module("tempages.http").create_app("amqp://localhost/", token)
    found[ROOT / "docs" / "openapi" / "operators.json"] = _json(operators.openapi())
    schema = import_module("pages.http.schemas").page_schema("https://tempages.example")
    found[ROOT / "docs" / "schemas" / "page.json"] = _json(schema)
    return found


def _json(value: dict[str, Any]) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False, sort_keys=True) + "\n"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing; exit 1 where a document is out of date")
    check: bool = parser.parse_args().check
    stale = [path for path, content in documents().items() if not path.exists() or path.read_text() != content]
    if check:
        for path in stale:
            print(f"out of date: {path.relative_to(ROOT)} (make docs)", file=sys.stderr)
        return 1 if stale else 0
    for path, content in documents().items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content)
    return 0


if __name__ == "__main__":
    sys.exit(main())
