"""The two forms of waiting that the asyncio parts of the kit share."""

import asyncio
from collections.abc import Coroutine, Sequence

_CANCEL_AGAIN_S = 0.2


async def until_first(*coroutines: Coroutine[object, object, object]) -> None:
    """Run coroutines together until one of them ends; cancel the others and wait for them.

    Raises:
        Exception: Whatever the one that ended first raised.
    """
    tasks = [asyncio.ensure_future(coroutine) for coroutine in coroutines]
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        await _cancel_all(tasks)
    for task in done:
        task.result()


async def _cancel_all(tasks: Sequence[asyncio.Future[object]]) -> None:
    """Cancel until they have ended.

    Once is not enough: `asyncio.wait_for` of Python 3.11, which libraries use, swallows a
    cancellation that comes in the moment in which its inner task ends.
    """
    pending = {task for task in tasks if not task.done()}
    while pending:
        for task in pending:
            task.cancel()
        _, pending = await asyncio.wait(pending, timeout=_CANCEL_AGAIN_S)
    await asyncio.gather(*tasks, return_exceptions=True)


async def wait_at_most(event: asyncio.Event, timeout_s: float) -> bool:
    """Wait for an event; return whether it was set within the time.

    Args:
        event: What to wait for.
        timeout_s: Seconds to wait.
    """
    try:
        async with asyncio.timeout(timeout_s):
            await event.wait()
    except TimeoutError:
        return False
    return True
