"""Uploads straight to a real object store: in parts, in parallel, resumed, judged."""

import asyncio
import hashlib
import io
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import httpx
import pytest
from catalog.errors import StoreUnavailable
from catalog.models.files import PART_BYTES
from catalog.object_store import S3Objects
from catalog.settings import CatalogSettings
from chassis.lifecycle import Service
from chassis.testing import PATIENCE, SettableClock, told
from contracts.catalog import ProductFileReplaced, ProductPublished
from PIL import Image
from sqlalchemy import text

from .actors import Browser, a_pdf, a_png, a_product, an_upload, signed_in, uploaded

A_PNG = b"\x89PNG\r\n\x1a\n" + b"\x00" * 100
"""By its first bytes alone."""


def objects(service: Service) -> S3Objects:
    found: S3Objects = service.state["objects"]
    return found


async def stored(service: Service, key: str) -> bytes:
    return b"".join([piece async for piece in objects(service).read(key)])


async def sweep(service: Service, name: str) -> None:
    job = next(job for job in service.jobs if job.name == name)
    await job.run(service.db)


async def test_a_file_in_parts_publishes_the_draft_and_is_what_was_sent(service: Service, creator: Browser) -> None:
    product, content = await a_product(creator), a_pdf(2 * PART_BYTES + 12345)
    upload = await an_upload(creator, product["id"], content)
    assert (upload.opened["partCount"], len(upload.opened["parts"]), upload.opened["nextPart"]) == (3, 3, None)
    await upload.send()
    answer = await upload.complete()
    assert answer.status_code == 200
    file = answer.json()
    me = (await creator.ask("GET", "/v1/creators/me")).json()
    assert file["storageKey"] == f"products/{me['id']}/{product['id']}/original/book.pdf"
    assert file["sha256"] == hashlib.sha256(content).hexdigest()
    assert (file["fileName"], file["fileType"], file["fileSizeBytes"]) == ("book.pdf", "application/pdf", len(content))
    assert await stored(service, file["storageKey"]) == content
    [event] = await told(service.db, ProductPublished)
    assert event.is_active
    assert event.file is not None
    assert (str(event.file.id), event.file.sha256, event.file.preview) == (file["id"], file["sha256"], None)
    shown = (await creator.ask("GET", f"/v1/products/{product['id']}")).json()
    assert (shown["status"], shown["file"]) == ("published", file)


async def test_after_a_break_only_what_is_missing_is_sent_again(creator: Browser) -> None:
    upload = await an_upload(creator, (await a_product(creator))["id"], a_pdf(3 * PART_BYTES))
    await upload.send(upload.opened["parts"][::2])
    early = await upload.complete()
    assert (early.status_code, early.json()["type"], early.json()["numbers"]) == (409, "parts-missing", [2])
    state = (await creator.ask("GET", upload.path)).json()
    arrived = [part["number"] for part in state["arrived"]]
    assert (state["state"], arrived, state["arrived"][0]["sizeBytes"]) == ("open", [1, 3], PART_BYTES)
    renewed = (await creator.ask("POST", f"{upload.path}/parts", {"numbers": [2]})).json()
    await upload.send(renewed["parts"])
    assert (await upload.complete()).status_code == 200


async def test_addresses_come_a_page_at_a_time(creator: Browser) -> None:
    product = await a_product(creator)
    announced = {"fileName": "film.mp4", "fileType": "video/mp4", "fileSizeBytes": 20 * 1024**3}
    opened = (await creator.ask("POST", f"/v1/products/{product['id']}/file-uploads", announced)).json()
    assert (opened["partCount"], len(opened["parts"]), opened["nextPart"]) == (2560, 100, 101)
    path = f"/v1/file-uploads/{opened['id']}/parts"
    following = (await creator.ask("POST", path, {"from": 101})).json()
    assert (following["parts"][0]["number"], following["nextPart"]) == (101, 201)
    last = (await creator.ask("POST", path, {"from": 2501})).json()
    assert (last["parts"][-1]["number"], last["nextPart"]) == (2560, None)


async def test_a_part_of_another_length_is_refused_by_the_store(creator: Browser) -> None:
    upload = await an_upload(creator, (await a_product(creator))["id"], a_pdf(1000))
    async with httpx.AsyncClient(timeout=PATIENCE) as store:
        answer = await store.put(upload.opened["parts"][0]["url"], content=a_pdf(1001))
    assert answer.status_code == 403


async def test_completing_twice_even_at_once_makes_one_file(service: Service, creator: Browser) -> None:
    upload = await an_upload(creator, (await a_product(creator))["id"], a_pdf())
    await upload.send()
    answers = [*await asyncio.gather(upload.complete(), upload.complete()), await upload.complete()]
    assert [answer.status_code for answer in answers] == [200, 200, 200]
    assert len({answer.json()["id"] for answer in answers}) == 1
    assert len(await told(service.db, ProductPublished)) == 1


async def test_killed_after_the_store_assembled_it_completion_goes_on(
    service: Service, creator: Browser, clock: SettableClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def killed(*_: Any) -> None:
        raise KeyboardInterrupt

    for goes_on in ("by asking again", "by the sweeper"):
        product = await a_product(creator)
        upload = await an_upload(creator, product["id"], a_pdf())
        await upload.send()
        with monkeypatch.context() as patched:
            patched.setattr("catalog.use_cases.complete_upload._read_through", killed)
            with pytest.raises(KeyboardInterrupt):
                await upload.complete()
        assert (await creator.ask("GET", upload.path)).json()["state"] == "verifying"
        if goes_on == "by asking again":
            assert (await upload.complete()).status_code == 200
        else:
            await sweep(service, "verify-uploads")
            assert (await creator.ask("GET", upload.path)).json()["state"] == "verifying"
            clock.advance(timedelta(minutes=2))
            await sweep(service, "verify-uploads")
            # the clock's two minutes are well within the access token's quarter of an hour
            assert (await creator.ask("GET", upload.path)).json()["state"] == "completed"
    assert len(await told(service.db, ProductPublished)) == 2


async def test_a_large_file_is_read_through_in_the_background(
    service: Service, creator: Browser, settings: CatalogSettings
) -> None:
    product = await a_product(creator)
    upload = await an_upload(creator, product["id"], a_pdf())
    await upload.send()
    object.__setattr__(settings, "verify_at_once_bytes", 10)
    answer = await upload.complete()
    assert (answer.status_code, answer.json()["state"], answer.json()["file"]) == (202, "verifying", None)
    await sweep(service, "verify-uploads")
    done = (await creator.ask("GET", upload.path)).json()
    assert done["state"] == "completed"
    assert done["file"]["sha256"] == hashlib.sha256(upload.content).hexdigest()
    assert (await creator.ask("GET", f"/v1/products/{product['id']}")).json()["file"] == done["file"]


async def test_another_digest_than_declared_is_rejected_and_cleared_away(service: Service, creator: Browser) -> None:
    product = await a_product(creator)
    upload = await an_upload(creator, product["id"], a_pdf())
    await upload.send()
    for _ in range(2):
        answer = await upload.complete(sha256="0" * 64)
        assert (answer.status_code, answer.json()["type"]) == (422, "file-rejected")
        assert answer.json()["errors"][0]["pointer"] == "#/sha256"
    await sweep(service, "clear-uploads")
    me = (await creator.ask("GET", "/v1/creators/me")).json()
    assert not await objects(service).exists(f"products/{me['id']}/{product['id']}/original/book.pdf")
    assert (await creator.ask("GET", f"/v1/products/{product['id']}")).json()["status"] == "draft"


async def test_content_of_another_type_than_declared_is_rejected(creator: Browser) -> None:
    product = await a_product(creator)
    upload = await an_upload(creator, product["id"], b"MZ\x90\x00" + b"\x00" * 500)
    await upload.send()
    answer = await upload.complete()
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, "#/fileType")


async def test_a_rejected_new_version_leaves_what_is_sold_untouched(service: Service, creator: Browser) -> None:
    product, content = await a_product(creator), a_pdf()
    file = await uploaded(creator, product["id"], content)
    upload = await an_upload(creator, product["id"], a_pdf())
    await upload.send()
    assert (await upload.complete(sha256="0" * 64)).status_code == 422
    await sweep(service, "clear-uploads")
    assert await stored(service, file["storageKey"]) == content
    assert (await creator.ask("GET", f"/v1/products/{product['id']}")).json()["file"] == file


async def test_a_new_version_of_the_file_is_told_and_the_old_one_stays(service: Service, creator: Browser) -> None:
    product, content = await a_product(creator), a_pdf()
    old = await uploaded(creator, product["id"], content)
    new = await uploaded(creator, product["id"])
    assert (new["fileName"], new["storageKey"]) == ("book.pdf", old["storageKey"].replace("book.pdf", "book (2).pdf"))
    [event] = await told(service.db, ProductFileReplaced)
    assert event.file is not None
    assert str(event.file.id) == new["id"]
    assert await stored(service, old["storageKey"]) == content


async def test_a_preview_is_told_with_the_file_as_it_is_shown(service: Service, creator: Browser) -> None:
    product = await a_product(creator)
    content = a_png((3000, 1000))
    preview = await uploaded(
        creator, product["id"], content, fileName="cover.png", fileType="image/png", kind="preview"
    )
    assert (preview["fileName"], preview["fileType"]) == ("cover.webp", "image/webp")
    assert f"/{product['id']}/preview/" in preview["storageKey"]
    assert (await creator.ask("GET", f"/v1/products/{product['id']}")).json()["status"] == "draft"
    file = await uploaded(creator, product["id"])
    assert file["preview"]["storageKey"] == preview["storageKey"]
    [event] = await told(service.db, ProductPublished)
    assert event.file is not None
    assert event.file.preview is not None
    assert event.file.preview.file_type == "image/webp"


async def test_a_preview_is_made_small_enough_for_the_web_and_says_nothing_else(
    service: Service, creator: Browser
) -> None:
    product = await a_product(creator)
    content = a_png((3000, 1000), comment="52.520008 N, 13.404954 E")
    upload = await an_upload(creator, product["id"], content, fileName="c.png", fileType="image/png", kind="preview")
    await upload.send()
    shown = (await upload.complete()).json()
    kept = await stored(service, shown["storageKey"])
    picture = Image.open(io.BytesIO(kept))
    assert (picture.format, picture.size) == ("WEBP", (2000, 667))
    assert b"52.52" in content
    assert b"52.52" not in kept
    assert (shown["fileSizeBytes"], shown["sha256"]) == (len(kept), hashlib.sha256(kept).hexdigest())
    await sweep(service, "clear-uploads")
    assert await stored(service, f"products/{product['creatorId']}/{product['id']}/preview/c.png") == b""
    assert await stored(service, shown["storageKey"]) == kept
    assert (await upload.complete()).json() == shown


async def test_a_preview_named_as_another_is_kept_leaves_that_one_alone(service: Service, creator: Browser) -> None:
    product = await a_product(creator)
    picture: dict[str, Any] = {"fileType": "image/webp", "kind": "preview"}
    upload = await an_upload(creator, product["id"], a_png((30, 10)), **{**picture, "fileType": "image/png"})
    early = await an_upload(creator, product["id"], b"x", fileName=f"{upload.opened['id']}.webp", **picture)
    await upload.send()
    shown = (await upload.complete()).json()
    late = await an_upload(creator, product["id"], b"x", fileName=f"{upload.opened['id']}.webp", **picture)
    for other in (early, late):
        assert (await creator.ask("DELETE", other.path)).status_code == 204
    await sweep(service, "clear-uploads")
    assert hashlib.sha256(await stored(service, shown["storageKey"])).hexdigest() == shown["sha256"]


async def test_what_begins_as_a_picture_and_is_none_is_no_preview(creator: Browser) -> None:
    product = await a_product(creator)
    upload = await an_upload(creator, product["id"], A_PNG, fileName="c.png", fileType="image/png", kind="preview")
    await upload.send()
    refused = await upload.complete()
    assert (refused.status_code, refused.json()["type"]) == (422, "file-rejected")
    assert (await creator.ask("GET", upload.path)).json()["rejection"] == "picture"


async def test_an_upload_given_up_takes_nothing_more_and_is_cleared_away(service: Service, creator: Browser) -> None:
    product = await a_product(creator)
    upload = await an_upload(creator, product["id"], a_pdf(PART_BYTES + 1))
    await upload.send()
    assert [(await creator.ask("DELETE", upload.path)).status_code for _ in range(2)] == [204, 204]
    for answer in (await creator.ask("POST", f"{upload.path}/parts", {"from": 1}), await upload.complete()):
        assert (answer.status_code, answer.json()["type"]) == (409, "upload-closed")
    await sweep(service, "clear-uploads")
    async with httpx.AsyncClient(timeout=PATIENCE) as store:
        late = await store.put(upload.opened["parts"][1]["url"], content=upload.part(2))
    assert late.status_code == 404


async def test_a_sweeper_that_stalled_clears_nothing_that_came_meanwhile(
    service: Service, creator: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    product, content = await a_product(creator), a_pdf()
    await creator.ask("DELETE", (await an_upload(creator, product["id"], a_pdf())).path)
    clear, reached, resumed = objects(service).clear, asyncio.Event(), asyncio.Event()

    async def stalled(key: str) -> None:
        reached.set()
        await resumed.wait()
        await clear(key)

    with monkeypatch.context() as patched:
        patched.setattr(objects(service), "clear", stalled)
        first = asyncio.create_task(sweep(service, "clear-uploads"))
        await reached.wait()
    await sweep(service, "clear-uploads")
    file = await uploaded(creator, product["id"], content)
    assert file["storageKey"].endswith("/book (2).pdf")
    resumed.set()
    await first
    assert await stored(service, file["storageKey"]) == content


async def test_an_upload_that_the_store_does_not_clear_holds_up_no_other(
    service: Service, creator: Browser, clock: SettableClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    product, clear = await a_product(creator), objects(service).clear
    cleared: list[str] = []

    async def refused(key: str) -> None:
        if key.endswith("/book.pdf"):
            raise StoreUnavailable
        cleared.append(key.rpartition("/")[2])
        await clear(key)

    for _ in range(2):
        await creator.ask("DELETE", (await an_upload(creator, product["id"], a_pdf())).path)
    with monkeypatch.context() as patched:
        patched.setattr(objects(service), "clear", refused)
        with pytest.raises(StoreUnavailable):
            await sweep(service, "clear-uploads")
        await sweep(service, "clear-uploads")
    assert cleared == ["book (2).pdf"]
    clock.advance(timedelta(minutes=1))
    await sweep(service, "clear-uploads")
    async with service.db.reading() as session:
        assert await session.scalar(text("SELECT count(*) FROM file_uploads WHERE cleared_at IS NULL")) == 0


async def test_an_upload_that_is_abandoned_is_swept(service: Service, creator: Browser, clock: SettableClock) -> None:
    upload = await an_upload(creator, (await a_product(creator))["id"], a_pdf())
    clock.advance(timedelta(days=6, seconds=1))
    await creator.ask("POST", "/v1/sessions/refresh")
    await sweep(service, "clear-uploads")
    token = (await creator.ask("POST", "/v1/sessions/refresh")).json()["accessToken"]
    creator.headers["Authorization"] = f"Bearer {token}"
    assert (await creator.ask("GET", upload.path)).json()["state"] == "aborted"


async def test_a_completed_upload_cannot_be_given_up(creator: Browser) -> None:
    upload = await an_upload(creator, (await a_product(creator))["id"], a_pdf())
    await upload.send()
    await upload.complete()
    assert (await creator.ask("DELETE", upload.path)).status_code == 409


async def test_under_one_idempotency_key_one_upload_is_begun(creator: Browser) -> None:
    path = f"/v1/products/{(await a_product(creator))['id']}/file-uploads"
    announced = {"fileName": "a.txt", "fileType": "text/plain", "fileSizeBytes": 5}
    first = await creator.ask("POST", path, announced, Idempotency_Key="k")
    again = await creator.ask("POST", path, announced, Idempotency_Key="k")
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.json()["id"] == again.json()["id"]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("fileName", ""),
        ("fileName", "../.."),
        ("fileName", "\x00\x01"),
        ("fileType", "pdf"),
        ("fileType", "text/html; charset=utf-8"),
        ("fileSizeBytes", 0),
        ("fileSizeBytes", 20 * 1024**3 + 1),
        ("kind", "poster"),
        ("storageKey", "products/x"),
    ],
)
async def test_an_upload_that_cannot_be_accepted_names_its_field(creator: Browser, field: str, value: Any) -> None:
    product = await a_product(creator)
    announced = {"fileName": "a.pdf", "fileType": "application/pdf", "fileSizeBytes": 10, field: value}
    answer = await creator.ask("POST", f"/v1/products/{product['id']}/file-uploads", announced)
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, f"#/{field}")


async def test_a_preview_is_a_picture_and_no_program(creator: Browser) -> None:
    product = await a_product(creator)
    announced = {"fileName": "a.svg", "fileType": "image/svg+xml", "fileSizeBytes": 10, "kind": "preview"}
    answer = await creator.ask("POST", f"/v1/products/{product['id']}/file-uploads", announced)
    assert answer.json()["errors"][0]["pointer"] == "#/fileType"


@pytest.mark.parametrize(
    ("body", "pointer"),
    [({}, "#"), ({"from": 1, "numbers": [1]}, "#"), ({"from": 2}, "#/from"), ({"numbers": [1, 2]}, "#/numbers/1")],
)
async def test_parts_that_do_not_exist_are_named(creator: Browser, body: dict[str, Any], pointer: str) -> None:
    upload = await an_upload(creator, (await a_product(creator))["id"], a_pdf())
    answer = await creator.ask("POST", f"{upload.path}/parts", body)
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, pointer)


async def test_another_creators_upload_is_as_one_that_is_missing(
    creator: Browser, visit: Callable[[], Browser]
) -> None:
    upload = await an_upload(creator, (await a_product(creator))["id"], a_pdf())
    await upload.send()
    other = await signed_in(visit(), "charles@example.com")
    parts = [{"number": 1, "etag": upload.etags[1]}]
    answers = [
        await other.ask("GET", upload.path),
        await other.ask("POST", f"{upload.path}/parts", {"from": 1}),
        await other.ask("POST", f"{upload.path}/complete", {"parts": parts, "sha256": "0" * 64}),
        await other.ask("DELETE", upload.path),
    ]
    assert {(answer.status_code, answer.json()["type"]) for answer in answers} == {(404, "not-found")}
