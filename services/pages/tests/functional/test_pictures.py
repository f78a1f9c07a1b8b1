"""A page's pictures: its cover from a product's preview, and the card that links to it are shown with."""

import asyncio
import io
from collections.abc import Callable
from typing import Any

import httpx
import pytest
from chassis.clock import new_id
from chassis.lifecycle import Service
from chassis.testing import SettableClock
from contracts.catalog import File, Preview, ProductPublished, ProductUpdated
from pages import pictures
from pages.object_store import LARGEST_BYTES, S3Previews
from PIL import Image

from .conftest import PUBLIC_URL, Seller, Visitor, instant

RED, BLUE = (200, 30, 30), (30, 30, 200)


def picture(colour: tuple[int, ...] = RED, size: tuple[int, int] = (400, 300), kind: str = "PNG") -> bytes:
    written = io.BytesIO()
    Image.new("RGBA" if len(colour) == 4 else "RGB", size, colour).save(written, kind)
    return written.getvalue()


class Shop:
    """A seller whose products have previews in the object store."""

    def __init__(self, seller: Seller, service: Service) -> None:
        self.seller = seller
        self._store: S3Previews = service.state["previews"]

    async def sells(self, content: bytes | None) -> ProductPublished:
        key = f"products/{self.seller.id}/{new_id()}/preview/cover.png"
        if content is not None:
            store = await self._store.connected()
            await store.client.put_object(Bucket=self._store.bucket, Key=key, Body=content)
        product = self.seller.product()
        assert product.file is not None
        preview = Preview(file_name="cover.png", storage_key=key, file_type="image/png")
        return await self.seller.sells(id=product.id, file=File(**{**product.file.model_dump(), "preview": preview}))

    async def publishes(self, content: bytes | None, **changed: Any) -> dict[str, Any]:
        return await self.seller.publishes(productIds=[str((await self.sells(content)).id)], **changed)


@pytest.fixture
def shop(seller: Seller, service: Service) -> Shop:
    return Shop(seller, service)


def opened(answer: httpx.Response, kind: str, size: tuple[int, int]) -> Image.Image:
    assert (answer.status_code, answer.headers["content-type"]) == (200, f"image/{kind}")
    assert answer.headers["cache-control"].startswith("public, max-age=")
    drawn = Image.open(io.BytesIO(answer.content))
    assert drawn.size == size
    return drawn.convert("RGB")


def looks_like(drawn: Image.Image, at: tuple[int, int], colour: tuple[int, ...]) -> bool:
    seen = drawn.getpixel(at)
    assert isinstance(seen, tuple)
    return all(abs(a - b) < 12 for a, b in zip(seen, colour, strict=False))


async def of(visitor: Visitor, page: dict[str, Any], name: str) -> httpx.Response:
    return await visitor.client.get(f"/p/{page['shortId']}/{name}")


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "GIF"])
async def test_a_products_preview_is_the_cover_at_one_size(shop: Shop, visitor: Visitor, kind: str) -> None:
    page = await shop.publishes(picture(kind=kind), customization={"cover": {"alt": "A <wren>"}})
    drawn = opened(await of(visitor, page, "cover.webp"), "webp", pictures.COVER)
    assert looks_like(drawn, (800, 450), RED)
    shown = (await visitor.html(page)).text
    assert f'src="/p/{page["shortId"]}/cover.webp?v=1" alt="A &lt;wren&gt;" width="1600" height="900"' in shown


async def test_what_is_clear_stands_on_paper(shop: Shop, visitor: Visitor) -> None:
    page = await shop.publishes(picture((0, 0, 0, 0)))
    assert looks_like(opened(await of(visitor, page, "cover.webp"), "webp", pictures.COVER), (9, 9), (255, 255, 255))


async def test_a_creator_chooses_whose_preview_it_is(shop: Shop, visitor: Visitor) -> None:
    first, second = await shop.sells(picture(RED)), await shop.sells(picture(BLUE))
    ids = [str(first.id), str(second.id)]
    for chosen, colour in ((None, RED), (ids[1], BLUE)):
        page = await shop.seller.publishes(productIds=ids, customization={"cover": {"productId": chosen}})
        assert looks_like(opened(await of(visitor, page, "cover.webp"), "webp", pictures.COVER), (800, 450), colour)


async def test_a_new_preview_is_another_cover(shop: Shop, visitor: Visitor, seller: Seller) -> None:
    old, new = await shop.sells(picture(RED)), await shop.sells(picture(BLUE))
    page = await seller.publishes(productIds=[str(old.id)])
    assert "cover.webp?v=1" in (await visitor.html(page)).text
    await seller.hears(ProductUpdated, old, file=new.file)
    await visitor.comes_to_show(page, "cover.webp?v=2")
    assert looks_like(opened(await of(visitor, page, "cover.webp"), "webp", pictures.COVER), (800, 450), BLUE)


async def test_a_page_without_a_preview_has_no_cover(seller: Seller, visitor: Visitor) -> None:
    page = await seller.publishes()
    missing = await of(visitor, page, "cover.webp")
    assert (missing.status_code, missing.json()["type"]) == (404, "picture-unknown")
    assert "cover.webp" not in (await visitor.html(page)).text


@pytest.mark.parametrize(
    "content", [None, b"", b"no picture", b"<svg xmlns='http://www.w3.org/2000/svg'/>", picture()[:90]]
)
async def test_what_cannot_be_drawn_is_no_cover_and_no_harm(
    shop: Shop, visitor: Visitor, content: bytes | None
) -> None:
    page = await shop.publishes(content)
    assert (await of(visitor, page, "cover.webp")).status_code == 404
    opened(await of(visitor, page, "card.png"), "png", pictures.CARD)


async def test_a_picture_that_blows_up_is_not_opened(shop: Shop, visitor: Visitor) -> None:
    page = await shop.publishes(picture(size=(10_000, 5_001)))
    assert (await of(visitor, page, "cover.webp")).status_code == 404


async def test_a_preview_that_is_too_large_is_not_read(
    shop: Shop, visitor: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    content = picture()
    for largest, status in ((len(content) - 1, 404), (len(content), 200)):
        monkeypatch.setattr("pages.object_store.LARGEST_BYTES", largest)
        page = await shop.publishes(content)
        assert (await of(visitor, page, "cover.webp")).status_code == status
    assert LARGEST_BYTES == 20_000_000


async def test_the_card_is_drawn_beside_the_cover(shop: Shop, visitor: Visitor) -> None:
    page = await shop.publishes(picture(BLUE), customization={"accent": "#c81e1e"})
    drawn = opened(await of(visitor, page, "card.png"), "png", pictures.CARD)
    assert looks_like(drawn, (1100, 300), BLUE)
    assert looks_like(drawn, (5, 300), (0xC8, 0x1E, 0x1E))
    address = f"{PUBLIC_URL}/p/{page['shortId']}/card.png"
    assert f'<meta property="og:image" content="{address}">' in (await visitor.html(page)).text


async def test_the_card_follows_the_page(seller: Seller, visitor: Visitor, clock: SettableClock) -> None:
    page = await seller.announces()
    before = (await of(visitor, page, "card.png")).content
    assert (await of(visitor, page, "card.png")).content == before
    clock.set(instant(page["launchAt"]))
    live = (await of(visitor, page, "card.png")).content
    clock.set(instant(page["expiresAt"]))
    over = (await of(visitor, page, "card.png")).content
    assert len({before, live, over}) == 3


async def test_without_its_store_a_page_has_its_card_and_no_cover(
    shop: Shop, service: Service, visitor: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = await shop.publishes(picture())

    async def unreachable(**_: Any) -> None:
        raise OSError

    with monkeypatch.context() as patch:
        patch.setattr(service.state["previews"].client, "get_object", unreachable)
        gone = await of(visitor, page, "cover.webp")
        assert (gone.status_code, gone.json()["type"], gone.headers["retry-after"]) == (503, "storage-unavailable", "5")
        opened(await of(visitor, page, "card.png"), "png", pictures.CARD)
    assert (await of(visitor, page, "cover.webp")).status_code == 200, "what failed is tried again"


async def test_however_many_ask_at_once_it_is_drawn_once(
    shop: Shop, visitor: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = await shop.publishes(picture())
    drawn: list[bytes] = []
    monkeypatch.setattr(pictures, "cover", counting(pictures.cover, drawn))
    answers = await asyncio.gather(*(of(visitor, page, "cover.webp") for _ in range(8)))
    assert {answer.status_code for answer in answers} == {200}
    assert len(drawn) == 1


def counting(work: Callable[[bytes], bytes], calls: list[bytes]) -> Callable[[bytes], bytes]:
    def counted(content: bytes) -> bytes:
        calls.append(content)
        return work(content)

    return counted


@pytest.mark.parametrize("name", ["cover.webp", "card.png", "embed"])
async def test_nobody_sees_a_drafts_pictures(seller: Seller, visitor: Visitor, name: str) -> None:
    for page in (await seller.drafts(), {"shortId": "nothinghere"}):
        assert (await of(visitor, page, name)).status_code == 404
