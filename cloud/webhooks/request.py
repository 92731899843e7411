"""What is posted to a target."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Request:
    """What is posted."""

    url: str
    headers: dict[str, str]
    body: bytes
