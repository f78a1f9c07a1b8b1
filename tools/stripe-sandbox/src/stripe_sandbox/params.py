"""Form-encoded parameters, nested as Stripe nests them, and what an operation accepts of them.

An operation's schema is a `Hash`; reading it answers Python values or raises `Malformed` naming the parameter the way
the client wrote it: `line_items[0][price_data][currency]`.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol
from urllib.parse import urlsplit

from stripe_sandbox.errors import Json, Malformed

Raw = Any
"""A str, or a dict of them to any depth, as the form spelled it."""

EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s.]+")


def nest(pairs: Iterable[tuple[str, str]]) -> Json:
    """`a[b][0]=c` becomes {"a": {"b": {"0": "c"}}}; `a[]` takes the next free index."""
    tree: Json = {}
    for name, value in pairs:
        head, *rest = name.replace("]", "").split("[")
        _plant(tree, [head, *rest], value, name)
    return tree


def _plant(tree: Json, steps: list[str], value: str, name: str) -> None:
    *parents, last = steps
    for step in parents:
        tree = tree.setdefault(step or str(len(tree)), {})
        if not isinstance(tree, dict):
            raise Malformed(f"Invalid hash: {name}", param=name)
    tree[last or str(len(tree))] = value


class Kind(Protocol):
    """What one parameter may be."""

    def read(self, raw: Raw, name: str) -> Any:
        """The Python value of `raw`, or Malformed naming `name`."""


@dataclass(frozen=True)
class Text:
    """A string, never empty unless it `may_be_empty` (which at Stripe unsets it)."""

    most: int = 5000
    may_be_empty: bool = False

    def read(self, raw: Raw, name: str) -> str:
        if not isinstance(raw, str):
            raise Malformed("Invalid string: " + repr(raw), param=name)
        if not raw and not self.may_be_empty:
            raise Malformed(
                f"You passed an empty string for '{name}'. We assume empty values are an attempt to unset a parameter; "
                f"however '{name}' cannot be unset. You should remove '{name}' from your request or supply a "
                "non-empty value.",
                code="parameter_invalid_empty",
                param=name,
            )
        if len(raw) > self.most:
            shown = f"{raw[:10]}...{raw[-10:]}"
            raise Malformed(f"Invalid string: {shown}; must be at most {self.most} characters", param=name)
        return raw


@dataclass(frozen=True)
class Integer:
    """A whole number within bounds that are both allowed."""

    least: int | None = None
    most: int | None = None

    def read(self, raw: Raw, name: str) -> int:
        if not isinstance(raw, str) or not re.fullmatch(r"-?\d{1,18}", raw):
            raise Malformed(f"Invalid integer: {raw}", code="parameter_invalid_integer", param=name)
        number = int(raw)
        if self.least is not None and number < self.least:
            raise _out_of_bounds("greater", self.least, number, name)
        if self.most is not None and number > self.most:
            raise _out_of_bounds("less", self.most, number, name)
        return number


def _out_of_bounds(direction: str, bound: int, number: int, name: str) -> Malformed:
    return Malformed(
        f"This value must be {direction} than or equal to {bound} (it currently is '{number}').",
        code="parameter_invalid_integer",
        param=name,
    )


@dataclass(frozen=True)
class Flag:
    """`true` or `false`."""

    def read(self, raw: Raw, name: str) -> bool:
        if raw not in ("true", "false"):
            raise Malformed(f"Invalid boolean: {raw}", param=name)
        return bool(raw == "true")


@dataclass(frozen=True)
class Choice:
    """One of a few words."""

    words: tuple[str, ...]

    def read(self, raw: Raw, name: str) -> str:
        if raw not in self.words:
            options = ", ".join(self.words[:-1]) + (" or " if len(self.words) > 1 else "") + self.words[-1]
            raise Malformed(f"Invalid {name}: must be one of {options}", param=name)
        return str(raw)


@dataclass(frozen=True)
class Email:
    """An address with something on both sides of the @."""

    def read(self, raw: Raw, name: str) -> str:
        if not isinstance(raw, str) or not EMAIL.fullmatch(raw) or len(raw) > 512:
            raise Malformed(f"Invalid email address: {raw}", code="email_invalid", param=name)
        return raw


@dataclass(frozen=True)
class Url:
    """An absolute http(s) address."""

    most: int = 5000

    def read(self, raw: Raw, name: str) -> str:
        text = Text(self.most).read(raw, name)
        parts = urlsplit(text)
        if parts.scheme not in ("http", "https"):
            raise Malformed(
                "Invalid URL: An explicit scheme (such as https) must be provided.", code="url_invalid", param=name
            )
        if not parts.hostname or re.search(r"\s", text):
            raise Malformed("Not a valid URL", code="url_invalid", param=name)
        return text


@dataclass(frozen=True)
class Array:
    """A list; its indexes only give the order."""

    of: Kind
    most: int = 1000
    least: int = 0

    def read(self, raw: Raw, name: str) -> list[Any]:
        if raw == "":
            raw = {}
        if not isinstance(raw, dict) or not all(index.isdigit() for index in raw):
            raise Malformed("Invalid array", param=name)
        if len(raw) > self.most:
            raise Malformed(f"Array must contain at most {self.most} elements", param=name)
        if len(raw) < self.least:
            raise Malformed(f"Array must contain at least {self.least} elements", param=name)
        return [self.of.read(raw[index], f"{name}[{index}]") for index in sorted(raw, key=int)]


@dataclass(frozen=True)
class Metadata:
    """At most 50 keys of 40 characters with values of 500; an empty value takes the key away, empty metadata all.

    Source: Stripe, API reference, Metadata.
    """

    def read(self, raw: Raw, name: str) -> dict[str, str] | None:
        if raw == "":
            return None
        if not isinstance(raw, dict) or not all(isinstance(value, str) for value in raw.values()):
            raise Malformed("Invalid metadata: metadata must be a flat hash of strings", param=name)
        if len(raw) > 50:
            raise Malformed(f"Metadata can have up to 50 keys, but you passed in {len(raw)}.", param=name)
        for key, value in raw.items():
            _check_length("keys", key, 40, f"{name}[{key}]")
            _check_length("values", value, 500, f"{name}[{key}]")
        return dict(raw)


def _check_length(what: str, text: str, most: int, name: str) -> None:
    if len(text) > most:
        raise Malformed(
            f"Metadata {what} can have up to {most} characters, but you passed in a {what[:-1]} that is {len(text)} "
            f"characters. Invalid {what[:-1]}: {text}",
            param=name,
        )


@dataclass(frozen=True)
class Anything:
    """Accepted and kept as it is spelled; has no effect here."""

    def read(self, raw: Raw, name: str) -> Raw:
        return raw


@dataclass(frozen=True)
class Unsupported:
    """Known to Stripe, not to this sandbox: refused aloud rather than ignored."""

    def read(self, raw: Raw, name: str) -> Raw:
        raise Malformed(f"The sandbox does not support the parameter {name}.", param=name)


@dataclass(frozen=True)
class Hash:
    """Named parameters; any other name is unknown, and those `required` must be there."""

    fields: Mapping[str, Kind]
    required: tuple[str, ...] = ()

    def read(self, raw: Raw, name: str = "") -> Json:
        if not isinstance(raw, dict):
            raise Malformed("Invalid object", param=name)
        if unknown := [_within(name, key) for key in raw if key not in self.fields]:
            many = "s" if len(unknown) > 1 else ""
            raise Malformed(
                f"Received unknown parameter{many}: {', '.join(unknown)}", code="parameter_unknown", param=unknown[0]
            )
        for key in self.required:
            if key not in raw:
                raise missing_param(_within(name, key))
        return {key: self.fields[key].read(value, _within(name, key)) for key, value in raw.items()}


def missing_param(name: str) -> Malformed:
    """A parameter that has to be there is not."""
    return Malformed(f"Missing required param: {name}.", code="parameter_missing", param=name)


def _within(name: str, key: str) -> str:
    return f"{name}[{key}]" if name else key


EXPAND: dict[str, Kind] = {"expand": Array(Text(), most=20)}

_MOMENT = Hash({bound: Integer(0) for bound in ("gt", "gte", "lt", "lte")})


@dataclass(frozen=True)
class Moments:
    """One Unix time, or bounds of a range of them; read as the bounds."""

    def read(self, raw: Raw, name: str) -> Json:
        if isinstance(raw, str):
            exact = Integer(0).read(raw, name)
            return {"gte": exact, "lte": exact}
        return _MOMENT.read(raw, name)


LISTING: dict[str, Kind] = {
    **EXPAND,
    "created": Moments(),
    "ending_before": Text(),
    "limit": Integer(1, 100),
    "starting_after": Text(),
}


def merged(old: Mapping[str, str], given: Mapping[str, str] | None) -> dict[str, str]:
    """Metadata after an update: empty values unset their keys, None unsets all."""
    if given is None:
        return {}
    result = {key: value for key, value in {**old, **given}.items() if value != ""}
    if len(result) > 50:
        raise Malformed(f"Metadata can have up to 50 keys, but you passed in {len(result)}.", param="metadata")
    return result


@dataclass(frozen=True)
class Upload:
    """A file part of a multipart request."""

    name: str
    content: bytes


@dataclass(frozen=True)
class File:
    """A file part."""

    def read(self, raw: Raw, name: str) -> Upload:
        if not isinstance(raw, Upload):
            raise Malformed("Invalid file: must be a multipart file part", param=name)
        return raw
