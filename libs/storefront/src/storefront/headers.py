"""The headers every page of a buyer's is sent with. Source: OWASP ASVS 5.0, 3.4 and 14.3.2."""

from collections.abc import Iterable

_ONE_YEAR = 31_536_000


def content_security_policy(
    *, form_actions: Iterable[str] = (), image_sources: Iterable[str] = (), frame_ancestors: str = "'none'"
) -> str:
    """Nothing but what this origin serves; `form_actions` and `image_sources` are origins allowed besides.

    A form's redirect counts as its action: the sales page names Stripe's checkout origin.
    """
    directives = {
        "default-src": ["'none'"],
        "script-src": ["'self'"],
        "style-src": ["'self'"],
        "img-src": ["'self'", "data:", *image_sources],
        "connect-src": ["'self'"],
        "form-action": ["'self'", *form_actions],
        "frame-ancestors": [frame_ancestors],
        "base-uri": ["'none'"],
    }
    return "; ".join(f"{name} {' '.join(sources)}" for name, sources in directives.items())


def security_headers(policy: str, *, tls: bool, private: bool = False, embeddable: bool = False) -> dict[str, str]:
    """Headers for one page under the content security `policy`; `private` pages are kept by no cache.

    A page under `require-corp` frames only what allows itself to be fetched from elsewhere: `embeddable` pages do.
    """
    headers = {
        "Content-Security-Policy": policy,
        "Cross-Origin-Opener-Policy": "same-origin",
        "Cross-Origin-Resource-Policy": "cross-origin" if embeddable else "same-origin",
        "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=()",
        "Referrer-Policy": "no-referrer",
        "X-Content-Type-Options": "nosniff",
    }
    if tls:
        headers["Strict-Transport-Security"] = f"max-age={_ONE_YEAR}; includeSubDomains"
    if private:
        headers["Cache-Control"] = "no-store"
    return headers
