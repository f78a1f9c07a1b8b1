"""A page as the storefront's view of it: what a visitor sees at an instant."""

from datetime import datetime
from typing import Any
from urllib.parse import quote

from contracts.catalog import Pricing
from contracts.pages import FormField
from storefront import views

from pages.models import MirroredProduct, SalesPage
from pages.pictures import COVER
from pages.views import PublicPage, VisibleState

BUY = "/api/checkout/buy"
REGISTER = "/api/leads/v1/public/pages/{}/registrations"
STATUS = "/api/pages/v1/public/pages/{}"
OEMBED = "/api/pages/v1/oembed"
"""As a browser reaches them: through the edge."""


def sales_view(
    public: PublicPage,
    public_url: str,
    now: datetime,
    kind: type[views.SalesPage] = views.SalesPage,
    source: str | None = None,
) -> views.SalesPage:
    page = public.page
    status_url, bears = STATUS.format(page.short_id), _bears(public)
    page_url = f"{public_url}/p/{page.short_id}"
    return kind(
        short_id=page.short_id,
        state=views.SaleState(public.state(now)),
        now=now,
        launch_at=public.launch_at,
        expires_at=public.closes_at,
        title=public.title,
        creator_name=public.creator_name,
        page_url=page_url,
        buy_url=BUY,
        source=source,
        status_url=f"{status_url}{bears}",
        events_url=f"{status_url}/events{bears}",
        changes_at=public.next_instant(now),
        guest=_guest(public, now),
        time_zone=page.time_zone,
        offers=_offers(public, now),
        remaining=public.remaining,
        registration=_registration(public, now, source),
        farewell=page.after_expiry.get("message", ""),
        successor=_successor(public),
        extensions=_extensions(page),
        cover=_cover(public),
        card_url=f"{page_url}/card.png",
        oembed_url=f"{public_url}{OEMBED}?url={quote(page_url, safe='')}",
        qr_url=f"{page_url}/qr.svg",
        **_written(public),
    )


def _written(public: PublicPage) -> dict[str, Any]:
    """What the creator wrote and chose."""
    says = public.page.customization
    return {
        "accent": says.get("accent"),
        "theme": views.Theme(**says.get("theme", {})),
        "description": says.get("descriptionMarkdown") or public.products[0].description,
        "blocks": [views.Block(**block) for block in says.get("blocks", [])],
        "call_to_action": says.get("callToAction"),
        "refund_policy": says.get("refundPolicy", ""),
    }


def _offers(public: PublicPage, now: datetime) -> list[views.Offer]:
    """The former price is that of the first product, which the page is named after."""
    former = {public.page.product_id: public.page.customization.get("formerPriceInCents")}
    return [_offer(product, former.get(product.id)) for product in public.for_sale(now)]


def _offer(product: MirroredProduct, former: int | None) -> views.Offer:
    return views.Offer(
        product_id=str(product.id),
        name=product.name,
        price=product.price_in_cents,
        currency=product.currency,
        former_price=former if former and former > product.price_in_cents else None,
        pay_what_you_want=product.pricing is Pricing.PAY_WHAT_YOU_WANT,
        suggested=product.suggested_price_in_cents,
        file=views.FileFacts(name=product.file_name or "", size_bytes=product.file_size_bytes or 0),
    )


def _registration(public: PublicPage, now: datetime, source: str | None) -> views.RegistrationForm | None:
    """Until the launch; as a waiting list once sold out after it; to be told of the next after the expiry."""
    page = public.page
    taken = {
        VisibleState.PRE_LAUNCH: True,
        VisibleState.LIVE: False,
        VisibleState.SOLD_OUT: page.waiting_list and now >= public.launch_at,
        VisibleState.EXPIRED: page.after_expiry.get("mode") == "notify_me",
    }
    if not taken[public.state(now)]:
        return None
    questions = [FormField.model_validate(field) for field in page.registration_form]
    return views.RegistrationForm(action=REGISTER.format(page.short_id), questions=questions, source=source)


def _bears(public: PublicPage) -> str:
    """So that what the script asks for is answered as the page was."""
    return "" if public.bearer is None else f"?pass={quote(public.bearer.token)}"


def _guest(public: PublicPage, now: datetime) -> views.Guest | None:
    bearer = public.bearer
    if bearer is None:
        return None
    return views.Guest(pass_token=bearer.token, let_in_until=bearer.until if bearer.is_let_in(now) else None)


def _cover(public: PublicPage) -> views.Picture | None:
    """Under an address that changes with the picture."""
    product = public.cover
    if product is None:
        return None
    alt = (public.page.customization.get("cover") or {}).get("alt", "")
    url = f"/p/{public.page.short_id}/cover.webp?v={product.version}"
    return views.Picture(url=url, alt=alt, width=COVER[0], height=COVER[1])


def _successor(public: PublicPage) -> views.Link | None:
    return views.Link(url=f"/p/{public.successor}", label="See the next edition") if public.successor else None


def _extensions(page: SalesPage) -> views.Extensions | None:
    """The public record; None where there is nothing to record."""
    if not page.extensions and page.extension_limit is None:
        return None
    first = page.former_expiries[0] if page.former_expiries else None
    return views.Extensions(count=page.extensions, limit=page.extension_limit, first_expiry=first)
