"""What a buyer sees everywhere: one look, one set of pages and mails, filled in by each service with its facts."""

from storefront.accent import DEFAULT_ACCENT, is_colour
from storefront.formats import locale_for
from storefront.headers import content_security_policy, security_headers
from storefront.rendering import Mail, Storefront

__all__ = [
    "DEFAULT_ACCENT",
    "Mail",
    "Storefront",
    "content_security_policy",
    "is_colour",
    "locale_for",
    "security_headers",
]
