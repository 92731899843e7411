"""One question to the centre, over TLS, to nobody but the centre.

Only the given authority is believed, not those of the system. A server of another authority gets no
byte of the question.
"""

import http.client
import json
import ssl
import time
from typing import Final
from urllib.parse import urlsplit

from pydantic import BaseModel, ValidationError

from edge import __version__
from edge.enrol.wire import LARGEST_BYTES, Grant
from edge.errors import EnrolError, EnrolRefusedError
from edge.timestamps import format_time

_OK: Final = 200
_REFUSED: Final = frozenset({400, 403, 413, 422})
_PIECE: Final = 4096
_SHOWN: Final = 300
_NOT_YET_VALID: Final = 9
_RUN_OUT: Final = 10
"""OpenSSL's X509_V_ERR_CERT_NOT_YET_VALID and X509_V_ERR_CERT_HAS_EXPIRED."""


def ask(url: str, question: BaseModel, authority: str, timeout_s: float) -> Grant:
    """Return the centre's answer.

    Args:
        url: Where to.
        question: What to say.
        authority: Certificate that the server's must come from, PEM.
        timeout_s: Most seconds in all.

    Raises:
        EnrolError: There was no answer; try again later.
        EnrolRefusedError: The centre said no.
    """
    end_s = time.monotonic() + timeout_s
    try:
        context = ssl.create_default_context(cadata=authority)
        status, content = _exchange(url, question.model_dump_json(), context, end_s)
    except ssl.SSLCertVerificationError as error:
        raise _not_believed(url, error) from error
    except (OSError, http.client.HTTPException, ssl.SSLError, ValueError) as error:
        raise EnrolError("centre", f"{url}: {error or type(error).__name__}") from error
    if status in _REFUSED:
        raise EnrolRefusedError(_said(content))
    if status != _OK:
        raise EnrolError("centre", f"{url} answers {status}: {_said(content)}")
    try:
        return Grant.model_validate_json(content)
    except ValidationError as error:
        raise EnrolError("answer", f"{url}: it is none ({error.error_count()} errors)") from error


def _exchange(url: str, body: str, context: ssl.SSLContext, end_s: float) -> tuple[int, bytes]:
    parts = urlsplit(url)
    link = http.client.HTTPSConnection(
        parts.hostname or "", parts.port, timeout=_left_s(end_s), context=context
    )
    headers = {
        "Content-Type": "application/json",
        "User-Agent": f"edge-agent/{__version__}",
        "Connection": "close",
    }
    try:
        link.request("POST", parts.path, body.encode(), headers)
        # A response of a closed connection has its own hold of the socket.
        with link.getresponse() as response:
            return response.status, _content(response, end_s)
    finally:
        link.close()


def _content(response: http.client.HTTPResponse, end_s: float) -> bytes:
    """Return what comes, in pieces: a server that drips does not hold us beyond our time."""
    content = b""
    while piece := response.read1(_PIECE):
        content += piece
        if len(content) > LARGEST_BYTES:
            raise ValueError(f"answers with more than {LARGEST_BYTES} bytes")
        _left_s(end_s)
    return content


def _left_s(end_s: float) -> float:
    left_s = end_s - time.monotonic()
    if left_s <= 0:
        raise TimeoutError("it takes too long")
    return left_s


def _not_believed(url: str, error: ssl.SSLCertVerificationError) -> EnrolError:
    now = format_time(time.time_ns())
    if error.verify_code == _NOT_YET_VALID:
        reason = f"{url}: its certificate is not valid yet, if it is {now}; is the clock right?"
        return EnrolError("clock", reason)
    if error.verify_code == _RUN_OUT:
        reason = (
            f"{url}: its certificate has run out, if it is {now}; is the clock right, and does "
            "the centre renew its own?"
        )
        return EnrolError("clock", reason)
    reason = (
        f"{url}: {error.verify_message}: who answers is not the centre of the token file; nothing "
        "was sent there"
    )
    return EnrolError("authority", reason)


def _said(content: bytes) -> str:
    try:
        detail = json.loads(content)["detail"]
    except (ValueError, KeyError, TypeError, RecursionError):
        detail = content.decode("utf-8", "replace")
    return "".join(one for one in str(detail)[:_SHOWN] if one.isprintable())
