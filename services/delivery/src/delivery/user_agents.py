"""What kind of program asked, and no more: a family, never a version or a device."""

FAMILIES = (
    ("Edg/", "Edge"),
    ("OPR/", "Opera"),
    ("Firefox/", "Firefox"),
    ("FxiOS/", "Firefox"),
    ("CriOS/", "Chrome"),
    ("Chrome/", "Chrome"),
    ("Chromium/", "Chrome"),
    ("Safari/", "Safari"),
    ("curl/", "curl"),
    ("Wget/", "Wget"),
    ("bot", "bot"),
)
"""The first that is found counts: browsers claim to be those that came before them."""


def family(user_agent: str | None) -> str:
    given = user_agent or ""
    return next((name for mark, name in FAMILIES if mark.lower() in given.lower()), "other")
