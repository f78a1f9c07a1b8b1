"""What a sales page says to machines: schema.org, as JSON-LD.

A script element of this type is data: browsers do not run it, and a content security policy does not judge it.
"""

import json
from typing import Any

from markupsafe import Markup

from storefront.formats import iso, whole_units
from storefront.rich_text import plain
from storefront.views import Offer, SalesPage, SaleState

_IN_HTML = {ord(char): f"\\u{ord(char):04x}" for char in "<>&\u2028\u2029"}
"""So that nothing in it ends the element. Source: the HTML standard, restrictions for contents of script elements."""
_AVAILABILITY = {
    SaleState.PRE_LAUNCH: "PreOrder",
    SaleState.LIVE: "InStock",
    SaleState.SOLD_OUT: "SoldOut",
    SaleState.EXPIRED: "Discontinued",
}


def json_ld(page: SalesPage) -> Markup:
    """The page's products and until when they are offered, ready to stand in a script element."""
    description = plain(page.description)
    products = [_product(page, offer, description) for offer in page.offers]
    document = {"@context": "https://schema.org", "@graph": products}
    return Markup(json.dumps(document, ensure_ascii=False).translate(_IN_HTML))  # noqa: S704 - escaped above


def _product(page: SalesPage, offer: Offer, description: str) -> dict[str, Any]:
    product: dict[str, Any] = {
        "@type": "Product",
        "name": offer.name,
        "description": description,
        "brand": {"@type": "Brand", "name": page.creator_name},
        "offers": _offer(page, offer),
    }
    if page.card_url is not None:
        product["image"] = page.card_url
    return product


def _offer(page: SalesPage, offer: Offer) -> dict[str, Any]:
    return {
        "@type": "Offer",
        "url": page.page_url,
        "price": whole_units(offer.price, offer.currency),
        "priceCurrency": offer.currency,
        "availability": f"https://schema.org/{_AVAILABILITY[page.state]}",
        "availabilityStarts": iso(page.launch_at),
        "availabilityEnds": iso(page.expires_at),
        "priceValidUntil": iso(page.expires_at),
        "seller": {"@type": "Person", "name": page.creator_name},
    }
