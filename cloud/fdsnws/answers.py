"""Answers as the specification wants them: what went wrong in plain text, no data as 204."""

import time
from collections.abc import Callable

from starlette.requests import Request
from starlette.responses import Response

from cloud.errors import QueryError
from edge.timestamps import format_time

SERVICE_VERSION = "1.2.5"
"""Of the specification that we follow."""
_NO_CONTENT = 204


def answered(request: Request, work: Callable[[], Response]) -> Response:
    """Return the answer of a service, or an error in the form of the specification."""
    try:
        return work()
    except QueryError as error:
        if error.status == _NO_CONTENT:
            return Response(status_code=_NO_CONTENT)
        return Response(_text(request, error), error.status, media_type="text/plain")


def _text(request: Request, error: QueryError) -> str:
    service = request.url.path.rpartition("/")[0]
    return (
        f"Error {error.status}: {error.title}\n\n"
        f"{error.reason}\n\n"
        f"Usage details are available from {request.base_url}{service.lstrip('/')}/\n\n"
        f"Request:\n{request.url}\n\n"
        f"Request Submitted:\n{format_time(time.time_ns())}\n\n"
        f"Service version:\n{SERVICE_VERSION}\n"
    )
