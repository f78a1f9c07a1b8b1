"""Reading form-encoded parameters, without a server."""

from typing import Any

import pytest
from stripe_sandbox.config import Retries, load
from stripe_sandbox.errors import Malformed
from stripe_sandbox.params import Array, Flag, Hash, Integer, Metadata, Moments, Text, merged, nest


def test_brackets_nest() -> None:
    pairs = [("a[b][0][c]", "1"), ("a[b][1][c]", "2"), ("expand[]", "x"), ("expand[]", "y"), ("z", "")]
    assert nest(pairs) == {"a": {"b": {"0": {"c": "1"}, "1": {"c": "2"}}}, "expand": {"0": "x", "1": "y"}, "z": ""}


def test_a_name_cannot_be_both_a_value_and_a_hash() -> None:
    with pytest.raises(Malformed):
        nest([("a", "1"), ("a[b]", "2")])


SCHEMA = Hash(
    {"flag": Flag(), "n": Integer(1, 9), "list": Array(Text(), most=2), "m": Metadata(), "t": Moments()}, ("n",)
)


def test_values_are_read_as_what_they_are() -> None:
    raw = nest([("flag", "true"), ("n", "5"), ("list[1]", "b"), ("list[0]", "a"), ("m[k]", "v"), ("t[gt]", "3")])
    assert SCHEMA.read(raw) == {"flag": True, "n": 5, "list": ["a", "b"], "m": {"k": "v"}, "t": {"gt": 3}}


@pytest.mark.parametrize(
    ("pairs", "param"),
    [
        ([], "n"),
        ([("n", "1.5")], "n"),
        ([("n", "10")], "n"),
        ([("n", "1"), ("flag", "yes")], "flag"),
        ([("n", "1"), ("list[x]", "a")], "list"),
        ([("n", "1"), ("list[0]", "a"), ("list[1]", "b"), ("list[2]", "c")], "list"),
        ([("n", "1"), ("m[k][l]", "v")], "m"),
        ([("n", "1"), ("t[at]", "3")], "t[at]"),
        ([("n[x]", "1")], "n"),
    ],
)
def test_what_cannot_be_read_is_named(pairs: list[tuple[str, str]], param: str) -> None:
    with pytest.raises(Malformed) as caught:
        SCHEMA.read(nest(pairs))
    assert caught.value.param == param


def test_metadata_updates_merge_and_unset() -> None:
    assert merged({"a": "1", "b": "2"}, {"b": "", "c": "3"}) == {"a": "1", "c": "3"}
    assert merged({"a": "1"}, None) == {}


def test_retries_double_up_to_their_cap() -> None:
    assert [Retries().delay(n) for n in (1, 2, 3, 4, 5, 6, 999)] == [0.5, 1, 2, 4, 8, 10, 10]


def test_an_unknown_setting_is_refused(tmp_path: Any) -> None:
    file = tmp_path / "config.json"
    file.write_text('{"api_kee": "x"}')
    with pytest.raises(ValueError, match="api_kee"):
        load(file, tmp_path, "http://x")
