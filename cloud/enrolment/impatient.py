"""Connections that ask nothing are hung up on, and nobody holds many of them.

A server that waits for ever can be filled by one computer that says nothing; stations find no place
then.
"""

import asyncio
from typing import Any, Final

from uvicorn.protocols.http.h11_impl import H11Protocol

from cloud.enrolment.limiter import site_of

_FIRST_S: Final = 15.0
"""Until a question is there, with all its headers."""
_MOST_OF_A_SITE: Final = 24
"""Connections at once; stations behind one address ask one after the other, and again."""


class ImpatientProtocol(H11Protocol):
    """A connection of a web server."""

    def __init__(self, *words: Any, **named: Any) -> None:  # noqa: ANN401 - uvicorn's
        super().__init__(*words, **named)
        self._late: asyncio.TimerHandle | None = None

    @property
    def site(self) -> str:
        """Where it comes from."""
        return site_of(self.client[0]) if self.client is not None else "?"

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begin to wait, where there is room for it."""
        super().connection_made(transport)
        others = sum(getattr(one, "site", None) == self.site for one in self.connections)
        if others > _MOST_OF_A_SITE:
            transport.close()
            return
        self._late = self.loop.call_later(_FIRST_S, self._hang_up)

    def connection_lost(self, exc: Exception | None) -> None:
        """Wait no longer."""
        if self._late is not None:
            self._late.cancel()
        super().connection_lost(exc)

    def _hang_up(self) -> None:
        # None until there is a question, whatever uvicorn's annotation says.
        if getattr(self, "cycle", None) is None:
            self.transport.close()
