"""The right moment: inside the window, no trigger open, the ground quiet, nothing else on trial."""

import asyncio
from collections.abc import Callable
from typing import Final

from edge.reconfigure.probation import Vitals
from edge.reconfigure.remote import Remote
from edge.update.config import UpdateSection
from edge.update.gate import is_open

LOOK_S: Final = 0.5


class Moments:
    """Waits for the right moment.

    Args:
        rules: The station's.
        remote: Knows whether a change of the configuration is on trial.
        wall_ns: The wall clock, nanoseconds since 1970 UTC.
        steady_s: A steady clock, seconds.
    """

    def __init__(
        self,
        rules: UpdateSection,
        remote: Remote,
        wall_ns: Callable[[], int],
        steady_s: Callable[[], float],
    ) -> None:
        self._rules = rules
        self._remote = remote
        self._wall_ns = wall_ns
        self._steady_s = steady_s

    async def until_free(self, vitals: Callable[[], Vitals]) -> None:
        """Wait until the station can spare a look: no trigger is open, inside the window."""
        await self.until(lambda: self._is_open() and not vitals().busy)

    async def until_quiet(self, triggers: Callable[[], int], vitals: Callable[[], Vitals]) -> None:
        """Wait for a while without triggers, inside the window.

        Args:
            triggers: Opened since the start.
            vitals: Says how the station is.
        """
        seen, since_s = triggers(), self._steady_s()

        def is_quiet() -> bool:
            nonlocal seen, since_s
            if triggers() != seen or vitals().busy:
                seen, since_s = triggers(), self._steady_s()
            return self._is_open() and self._steady_s() - since_s >= self._rules.quiet_s

        await self.until(is_quiet)

    async def until(self, condition: Callable[[], bool]) -> None:
        """Wait until something holds that sets no event: clocks, the pipeline."""
        while not condition():  # noqa: ASYNC110 - see above
            await asyncio.sleep(LOOK_S)

    def _is_open(self) -> bool:
        return is_open(self._rules.window_utc, self._wall_ns()) and self._remote.trial is None
