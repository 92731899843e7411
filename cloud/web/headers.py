"""Response headers: nothing is loaded from elsewhere, built files are kept, the page is not."""

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

_POLICY = {
    "default-src": "'none'",
    "script-src": "'self'",
    "style-src": "'self'",
    "img-src": "'self' data:",
    "font-src": "'self'",
    "connect-src": "'self'",
    "base-uri": "'none'",
    "form-action": "'none'",
    "frame-ancestors": "'none'",
}
CONTENT_SECURITY_POLICY = "; ".join(f"{part} {value}" for part, value in _POLICY.items())
_ALWAYS = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "Cross-Origin-Opener-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}


class HeadersMiddleware:
    """Adds the headers to every response; plain ASGI, so that streams stay streams.

    Args:
        app: The application behind.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on and complete the response's headers."""
        # Stations that look for networks pay for every byte, and show nothing to anybody.
        if scope["type"] != "http" or scope["path"].startswith("/updates/"):
            await self.app(scope, receive, send)
            return

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                _complete(MutableHeaders(scope=message), scope["path"], message["status"])
            await send(message)

        await self.app(scope, receive, send_with_headers)


def _complete(headers: MutableHeaders, path: str, status: int) -> None:
    for name, value in _ALWAYS.items():
        headers.setdefault(name, value)
    # Names under /assets carry a hash of the content: they may be kept for ever.
    kept = path.startswith("/assets/") and status in {200, 304}
    headers.setdefault(
        "Cache-Control", "public, max-age=31536000, immutable" if kept else "no-cache"
    )
