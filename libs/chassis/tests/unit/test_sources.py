"""What brought a visitor, as it is counted."""

import pytest
from chassis.sources import source_of


@pytest.mark.parametrize(
    ("given", "source"),
    [
        (None, None),
        (" ", None),
        (" X.com ", "x.com"),
        ("a b", "other"),
        ("x" * 41, "other"),
        ("ada@example.com", "other"),
        ("<script>", "other"),
    ],
)
def test_a_source_is_a_short_name_and_nobodys_address(given: str | None, source: str | None) -> None:
    assert source_of(given) == source
