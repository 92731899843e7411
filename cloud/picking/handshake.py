"""What a worker says first."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Ready:
    """The network gave its golden answers.

    Attributes:
        name: Of the picker.
        provider: What runs it.
    """

    name: str
    provider: str


@dataclass(frozen=True, slots=True)
class Refused:
    """There is no picker.

    Attributes:
        reason: Why, in the words of the error.
    """

    reason: str
