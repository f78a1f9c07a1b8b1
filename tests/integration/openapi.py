"""The five OpenAPI documents as a table of operations, and requests that fit them."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

DOCUMENTS = Path(__file__).parents[2] / "docs" / "openapi"
SERVICES = ("catalog", "pages", "checkout", "delivery", "leads")
EXAMPLES = {"date-time": "2030-01-01T00:00:00Z", "uuid": "0193f0a0-0000-7000-8000-000000000001"}
"""By format."""
TOGETHER = {"PartsWanted": {"numbers": [1]}}
"""By the schema's title: fields of which one is needed, whichever."""
PATTERNED = {"sha256": "0" * 64, "token": "x" * 40, "fileType": "application/zip", "currency": "EUR"}
"""By name: what a pattern or a list demands, and no example in the document shows."""


@dataclass(frozen=True)
class Operation:
    """One method of one path; `path` as the gateway has it, `body` the JSON schema of what it takes."""

    service: str
    method: str
    path: str
    description: dict[str, Any]
    schemas: dict[str, Any]

    def __str__(self) -> str:
        return f"{self.method.upper()} {self.service}{self.path}"

    @property
    def needs_sign_in(self) -> bool:
        return bool(self.description.get("security"))

    @property
    def scopes(self) -> list[str]:
        """What an API key needs; empty where no key is let in."""
        return [scope for one in self.description.get("security", []) for scopes in one.values() for scope in scopes]

    @property
    def body(self) -> dict[str, Any] | None:
        """The schema of its JSON body, if it takes one."""
        content = self.description.get("requestBody", {}).get("content", {})
        return self.resolved(content["application/json"]["schema"]) if "application/json" in content else None

    def parameters(self, place: str) -> list[str]:
        """The names of its parameters in the `path`, the `query`."""
        return [one["name"] for one in self.description.get("parameters", []) if one["in"] == place]

    def needed(self) -> dict[str, str]:
        """Its query without which it answers nothing else, with values that fit."""
        parameters = [one for one in self.description.get("parameters", []) if one["in"] == "query" and one["required"]]
        return {one["name"]: str(self.example(one["schema"], one["name"])) for one in parameters}

    def resolved(self, schema: dict[str, Any]) -> dict[str, Any]:
        """`schema`, looked up if it is a reference, and what it may be besides null."""
        if "$ref" in schema:
            found: dict[str, Any] = self.schemas[schema["$ref"].rsplit("/", 1)[1]]
            return found
        for choice in schema.get("anyOf", []):
            if choice.get("type") != "null":
                return self.resolved(choice)
        return schema

    def example(self, schema: dict[str, Any], name: str = "") -> Any:
        """The least that fits `schema`."""
        schema = self.resolved(schema)
        if schema.get("title") in TOGETHER:
            return TOGETHER[schema["title"]]
        if "examples" in schema:
            return schema["examples"][0]
        if "enum" in schema:
            return schema["enum"][0]
        match schema.get("type"):
            case "object":
                return {one: self.example(schema["properties"][one], one) for one in schema.get("required", ())}
            case "array":
                return [self.example(schema["items"], name)] * schema.get("minItems", 0)
            case "integer" | "number":
                return schema.get("minimum", 1)
            case "boolean":
                return False
        return PATTERNED.get(name) or EXAMPLES.get(schema.get("format", ""), "x" * schema.get("minLength", 1))

    def fields(self) -> dict[str, dict[str, Any]]:
        """The body's fields, each with its schema."""
        properties = (self.body or {}).get("properties", {})
        return {name: self.resolved(schema) for name, schema in properties.items()}


def operations() -> Iterator[Operation]:
    """Everything that the gateways document."""
    for service in SERVICES:
        document = json.loads((DOCUMENTS / f"{service}.json").read_text())
        for path, methods in document["paths"].items():
            for method, description in methods.items():
                yield Operation(service, method, path, description, document["components"]["schemas"])
