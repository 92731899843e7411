"""Who may read: everybody, or who shows a token.

The token comes as `Authorization: Bearer TOKEN`, or as the password of HTTP Basic with any name,
which is what a browser asks its user for. `/healthz`, the descriptions of the web services and the
networks for stations, which are signed and no secret, are open to everybody.
"""

import base64
from collections.abc import Iterable

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from cloud.store.tokens import Tokens

_OPEN_PATHS = frozenset({"/healthz"})
_OPEN_SERVICES = ("/version", "/application.wadl", "/catalogs", "/contributors", "/1/")
_LONGEST = 512


class ReadingMiddleware:
    """Lets pass who shows a token; plain ASGI, so that streams stay streams.

    Args:
        app: The application behind.
        tokens: Those that hold.
    """

    def __init__(self, app: ASGIApp, tokens: Tokens) -> None:
        self.app = app
        self._tokens = tokens

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, or refuse it with 401."""
        if scope["type"] != "http" or is_open(scope["path"]):
            await self.app(scope, receive, send)
            return
        for token in shown_tokens(Headers(scope=scope).getlist("authorization")):
            if await run_in_threadpool(self._tokens.holds, token):
                await self.app(scope, receive, send)
                return
        refusal = JSONResponse(
            {"detail": "show a token: Authorization: Bearer TOKEN, or as the password of Basic"},
            status_code=401,
            headers={"WWW-Authenticate": 'Basic realm="tremorkit", charset="UTF-8"'},
        )
        await refusal(scope, receive, send)


def is_open(path: str) -> bool:
    """Return whether a path is for everybody."""
    described = path.startswith("/fdsnws/") and path.endswith(_OPEN_SERVICES)
    return path in _OPEN_PATHS or described or path.startswith("/updates/")


def shown_tokens(headers: Iterable[str]) -> Iterable[str]:
    """Yield the tokens in the values of an `Authorization` header, from the network: anything."""
    for header in headers:
        scheme, _, value = header.partition(" ")
        if len(value) > _LONGEST:
            continue
        if scheme.lower() == "bearer":
            yield value.strip()
        if scheme.lower() == "basic":
            try:
                text = base64.b64decode(value.strip(), validate=True).decode()
            except ValueError:  # no base64, or no text in it
                continue
            yield text.partition(":")[2]
