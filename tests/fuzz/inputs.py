"""What the readers are fed: noise, and what almost fits."""

import base64
import json
import os
from collections import Counter
from collections.abc import Callable
from functools import wraps
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

INPUTS = int(os.environ.get("FUZZ_INPUTS", "150"))
"""How many each reader is fed; `make test-fuzz` feeds more. A failure prints the input and how to feed it again."""
tried: Counter[str] = Counter()

ANY_TEXT = st.text(st.characters(), max_size=60)
"""Halves of characters among it."""
TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=60)
HEADER = st.text(st.characters(max_codepoint=255, exclude_characters="\r\n\x00"), max_size=80)
"""What a header's value can hold once a server has read it: Latin-1."""
JSON: SearchStrategy[Any] = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.sampled_from([10**400, -(10**400), 2**63, 1e308, 5e-324])
    | st.floats()
    | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=6,
)


def fuzz(**inputs: SearchStrategy[Any]) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Call the test with `inputs`, as often as asked for."""

    def decorated(test: Callable[..., None]) -> Callable[..., None]:
        @wraps(test)
        def counting(*args: Any, **drawn: Any) -> None:
            tried[f"{test.__module__}:{test.__name__}"] += 1
            test(*args, **drawn)

        bounded = settings(max_examples=INPUTS, database=None, print_blob=True, suppress_health_check=list(HealthCheck))
        return bounded(given(**inputs)(counting))

    return decorated


@st.composite
def damaged(draw: st.DrawFn, whole: str, alphabet: SearchStrategy[str] = HEADER) -> str:
    """`whole` cut somewhere, with something put in the gap."""
    begins, ends = sorted(draw(st.tuples(*[st.integers(0, len(whole))] * 2)))
    return whole[:begins] + draw(alphabet) + whole[ends:]


def encoded(value: Any) -> str:
    """A part of a JWT."""
    return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()
