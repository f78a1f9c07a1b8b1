"""Names that are shown and sent."""

import pytest
from chassis.object_store import attachment
from delivery.user_agents import family

FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
EDGE = "Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0 Safari/537.36 Edg/140.0"
SAFARI = "Mozilla/5.0 (Macintosh) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.0 Safari/605.1.15"


@pytest.mark.parametrize(
    ("user_agent", "expected"),
    [(FIREFOX, "Firefox"), (EDGE, "Edge"), (SAFARI, "Safari"), ("curl/8.0", "curl"), ("Googlebot/2.1", "bot"),
     (None, "other"), ("", "other")],
)  # fmt: skip
def test_a_user_agent_is_kept_as_its_family(user_agent: str | None, expected: str) -> None:
    assert family(user_agent) == expected


def test_a_file_name_cannot_break_out_of_its_header() -> None:
    header = attachment('a"\r\nSet-Cookie: x=1\\.zip')
    assert "\r" not in header
    assert "\n" not in header
    assert header.startswith('attachment; filename="a___Set-Cookie: x=1_.zip"; filename*=UTF-8')
