"""A creator's account beyond a sale: what it is written, and how it ends."""

import httpx

from .journey import Buyer, Creator, Inbox, until

ME = "/api/catalog/v1/creators/me"


async def test_a_sale_is_written_to_a_creator_who_verified_their_address(
    edge: httpx.AsyncClient, creator: Creator, inbox: Inbox
) -> None:
    await creator.verify(inbox)
    page = await creator.ready_to_sell()
    purchase = await Buyer(edge).buy(page)
    await purchase.reaches("completed")
    mail = await inbox.mail(creator.email, "Sold: Field Guide")
    assert "€19.00" in mail["text"]
    assert "List-Unsubscribe" in mail["headers"]


async def test_a_creator_who_leaves_is_shown_their_live_pages_and_these_close_with_the_account(
    edge: httpx.AsyncClient, creator: Creator
) -> None:
    page = await creator.ready_to_sell()

    async def leave(**query: str) -> httpx.Response:
        return await edge.request(
            "DELETE", ME, params=query, json={"password": creator.password}, headers=creator.headers
        )

    async def heard() -> bool:
        """Whether catalog knows of the page: it does not let the product's file be replaced."""
        announced = {"fileName": "g.zip", "fileType": "application/zip", "fileSizeBytes": 4, "kind": "original"}
        path = f"/api/catalog/v1/products/{page['productId']}/file-uploads"
        return (await edge.post(path, json=announced, headers=creator.headers)).status_code == 409

    await until(heard)
    refused = await leave()
    assert (refused.status_code, refused.json()["type"]) == (409, "creator-has-live-pages")
    assert [named["shortId"] for named in refused.json()["pages"]] == [page["shortId"]]
    assert (await edge.get(f"/p/{page['shortId']}")).status_code == 200
    assert (await leave(evenThoughLive="true")).status_code == 204

    async def closed() -> bool:
        return (await edge.get(f"/p/{page['shortId']}")).status_code in {404, 410}

    await until(closed)
