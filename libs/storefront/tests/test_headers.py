"""The headers allow what the pages need and nothing else."""

from storefront import Storefront, content_security_policy, security_headers


def directives(policy: str) -> dict[str, list[str]]:
    return {name: sources for name, *sources in (directive.split() for directive in policy.split("; "))}


def test_the_policy_begins_with_nothing_and_trusts_no_inline_code() -> None:
    policy = content_security_policy()
    assert policy.startswith("default-src 'none'; ")
    assert "unsafe" not in policy
    assert "*" not in policy
    assert directives(policy) == {
        "default-src": ["'none'"],
        "script-src": ["'self'"],
        "style-src": ["'self'"],
        "img-src": ["'self'", "data:"],
        "connect-src": ["'self'"],
        "form-action": ["'self'"],
        "frame-ancestors": ["'none'"],
        "base-uri": ["'none'"],
    }


def test_the_sales_page_may_post_to_the_checkout_and_show_a_cover() -> None:
    policy = directives(
        content_security_policy(form_actions=["https://checkout.stripe.com"], image_sources=["https://files.example"])
    )
    assert policy["form-action"] == ["'self'", "https://checkout.stripe.com"]
    assert policy["img-src"] == ["'self'", "data:", "https://files.example"]


def test_every_page_says_nosniff_and_no_referrer() -> None:
    headers = security_headers(content_security_policy(), tls=False)
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "no-referrer"
    assert "Strict-Transport-Security" not in headers
    assert "Cache-Control" not in headers


def test_behind_tls_a_year_of_hsts_and_private_pages_are_not_kept() -> None:
    headers = Storefront("shop", "https://pages.example").security_headers(private=True)
    assert headers["Strict-Transport-Security"] == "max-age=31536000; includeSubDomains"
    assert headers["Cache-Control"] == "no-store"
