"""Many small pieces of work as few transactions."""

import asyncio
from collections.abc import Callable

import pytest
from chassis import batches
from chassis.batches import Batches


class Work:
    """Answers each number with its negative, a batch whenever `allow` says so; 13 spoils its batch, at 0 the
    database is away.
    """

    def __init__(self) -> None:
        self.done: list[list[int]] = []
        self.allow = asyncio.Semaphore(0)

    async def __call__(self, items: list[int]) -> list[int]:
        await self.allow.acquire()
        self.done.append(items)
        if 13 in items:
            raise ValueError(items)
        if 0 in items:
            raise ConnectionResetError
        return [-item for item in items]


@pytest.fixture
def work() -> Work:
    return Work()


async def asked(work: Work, *items: int, key: Callable[[int], int] = lambda item: item) -> list[int | BaseException]:
    """What became of `items`, the first of which was under way when the others came."""
    together: Batches[int, int] = Batches(work, key)
    first = asyncio.create_task(together.do(items[0]))
    await asyncio.sleep(0)
    others = [asyncio.create_task(together.do(item)) for item in items[1:]]
    await asyncio.sleep(0)
    for _ in range(20):
        work.allow.release()
    return await asyncio.gather(first, *others, return_exceptions=True)


async def test_who_comes_while_one_is_under_way_goes_together(work: Work) -> None:
    assert await asked(work, 1, 2, 3, 4) == [-1, -2, -3, -4]
    assert work.done == [[1], [2, 3, 4]]


async def test_two_of_a_key_are_never_in_one_batch(work: Work) -> None:
    assert await asked(work, 1, 2, 12, 3, 22, key=lambda item: item % 10) == [-1, -2, -12, -3, -22]
    assert work.done == [[1], [2, 3], [12], [22]]


async def test_what_spoils_a_batch_fails_alone(work: Work) -> None:
    one, two, bad, three = await asked(work, 1, 2, 13, 3)
    assert (one, two, three) == (-1, -2, -3)
    assert isinstance(bad, ValueError)
    assert work.done == [[1], [2, 13, 3], [2], [13], [3]]


async def test_while_the_database_is_away_nobody_waits_for_the_others(work: Work) -> None:
    one, *others = await asked(work, 1, 2, 0, 3)
    assert one == -1
    assert {type(other) for other in others} == {ConnectionResetError}
    assert work.done == [[1], [2, 0, 3]]


async def test_a_batch_has_a_size(work: Work, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(batches, "MOST", 2)
    await asked(work, 1, 2, 3, 4, 5, 6)
    assert work.done == [[1], [2, 3], [4, 5], [6]]


async def test_who_has_gone_away_is_passed_over(work: Work) -> None:
    together: Batches[int, int] = Batches(work, lambda item: item)
    first, gone, last = (asyncio.create_task(together.do(item)) for item in (1, 2, 3))
    await asyncio.sleep(0)
    gone.cancel()
    for _ in range(3):
        work.allow.release()
    assert list(await asyncio.gather(first, last)) == [-1, -3]
    assert [2] not in work.done


async def test_after_a_pause_it_goes_on(work: Work) -> None:
    together: Batches[int, int] = Batches(work, lambda item: item)
    for item in (1, 2):
        work.allow.release()
        assert await together.do(item) == -item
