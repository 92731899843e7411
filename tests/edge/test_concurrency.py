"""Whoever waits together ends together."""

import asyncio

import pytest

from edge.concurrency import until_first, wait_at_most


async def test_the_first_to_end_ends_all() -> None:
    """The others are cancelled, and are over when it returns."""
    ended: list[str] = []

    async def endless() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            ended.append("endless")

    await until_first(asyncio.sleep(0.01), endless())

    assert ["endless"] == ended


async def test_an_error_of_the_first_is_raised() -> None:
    """It is not lost among the cancelled."""

    async def fail() -> None:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await until_first(fail(), asyncio.Event().wait())


async def test_a_swallowed_cancellation_is_repeated() -> None:
    """Libraries on Python 3.11 swallow one now and then; nothing may hang for it."""
    swallowed = 0

    async def stubborn() -> None:
        nonlocal swallowed
        while True:
            try:
                await asyncio.Event().wait()
            except asyncio.CancelledError:
                swallowed += 1
                if swallowed == 2:
                    raise

    async with asyncio.timeout(5):
        await until_first(asyncio.sleep(0.01), stubborn())

    assert 2 == swallowed


async def test_cancelling_the_whole_cancels_the_parts() -> None:
    """No task is left behind."""
    before = len(asyncio.all_tasks())
    whole = asyncio.create_task(until_first(asyncio.Event().wait(), asyncio.Event().wait()))
    await asyncio.sleep(0)
    whole.cancel()
    with pytest.raises(asyncio.CancelledError):
        await whole

    assert before == len(asyncio.all_tasks())


async def test_waiting_at_most_tells_whether_it_came() -> None:
    """True for the event, False for the time."""
    event = asyncio.Event()
    late = await wait_at_most(event, 0.01)
    event.set()

    assert (False, True) == (late, await wait_at_most(event, 5))
