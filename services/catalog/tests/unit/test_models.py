"""States and arithmetic that need no database."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from catalog.errors import UploadClosed, UploadExpired
from catalog.models import FileKind, FileUpload, Product, ProductStatus, Rejection, UploadState
from catalog.models.files import MAX_FILE_BYTES, PART_BYTES, UPLOAD_LIVES
from chassis.clock import new_id

NOW = datetime(2026, 3, 29, 1, 0, tzinfo=UTC)


def an_upload(size: int = 1) -> FileUpload:
    return FileUpload(
        product_id=new_id(),
        creator_id=new_id(),
        kind=FileKind.ORIGINAL,
        file_name="a",
        file_type="text/plain",
        file_size_bytes=size,
        storage_key="a",
        created_at=NOW,
        expires_at=NOW + UPLOAD_LIVES,
    )


def a_product(**fields: Any) -> Product:
    wanted: dict[str, Any] = {
        "name": "A",
        "description": "",
        "price_in_cents": 1,
        "currency": "EUR",
        "creator_id": new_id(),
    }
    limits = {"attempts_allowed": 5, "access_days": 7, "created_at": NOW, "updated_at": NOW}
    return Product(**{**wanted, **limits, **fields})


@pytest.mark.parametrize("size", [1, PART_BYTES - 1, PART_BYTES, PART_BYTES + 1, 200 * 1024**2, MAX_FILE_BYTES])
def test_parts_are_equal_but_the_last_and_add_up_to_the_file(size: int) -> None:
    upload = an_upload(size)
    sizes = [upload.size_of_part(number) for number in range(1, upload.part_count + 1)]
    assert sum(sizes) == size
    assert set(sizes[:-1]) <= {PART_BYTES}
    assert 0 < sizes[-1] <= PART_BYTES
    assert len(sizes) <= 10_000
    assert PART_BYTES >= 5 * 1024**2


def test_an_upload_takes_parts_until_it_is_over() -> None:
    upload = an_upload()
    upload.must_take_parts(NOW)
    with pytest.raises(UploadExpired):
        upload.must_take_parts(upload.expires_at)
    upload.begin_verifying("0" * 64, NOW)
    with pytest.raises(UploadClosed):
        upload.must_take_parts(NOW)
    with pytest.raises(UploadClosed):
        upload.abort()
    upload.reject(Rejection.DIGEST)
    assert upload.state is UploadState.REJECTED


def test_a_large_upload_is_left_alone_for_longer_while_it_is_verified() -> None:
    small, large = an_upload(), an_upload(MAX_FILE_BYTES)
    for upload in (small, large):
        upload.lease(NOW)
    assert small.lease_until is not None
    assert large.lease_until is not None
    assert small.lease_until - NOW < timedelta(minutes=2)
    assert large.lease_until - NOW > timedelta(minutes=30)


@pytest.mark.parametrize(
    ("fields", "status"),
    [
        ({}, ProductStatus.DRAFT),
        ({"expires_at": NOW - timedelta(1)}, ProductStatus.DRAFT),
        ({"published_at": NOW}, ProductStatus.PUBLISHED),
        ({"published_at": NOW, "expires_at": NOW + timedelta(microseconds=1)}, ProductStatus.PUBLISHED),
        ({"published_at": NOW, "expires_at": NOW}, ProductStatus.EXPIRED),
        ({"published_at": NOW, "expires_at": NOW, "withdrawn_at": NOW}, ProductStatus.WITHDRAWN),
    ],
)
def test_a_product_is_what_its_instants_say(fields: dict[str, object], status: ProductStatus) -> None:
    assert a_product(**fields).status(NOW) is status


def test_each_change_raises_the_version_and_tells_the_whole_state() -> None:
    product = a_product()
    first, second = product.change({"name": "B"}, NOW), product.withdraw(NOW)
    assert second is not None
    assert (first.version, second.version, second.name, second.is_active) == (2, 3, "B", False)
    assert product.withdraw(NOW) is None
    assert product.version == 3
