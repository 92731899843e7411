"""The command `restart`: the agent ends in good order and starts anew.

It takes no arguments. It has to expire within ten minutes: one that the broker repeats to the new
agent must not go on for ever.
"""

from collections.abc import Callable
from typing import Final

from pydantic import BaseModel, ConfigDict

from edge.commands.arguments import read_arguments
from edge.commands.receiver import Answer
from edge.errors import CommandError
from edge.messages.command import Command
from edge.timestamps import seconds_to_ns

_LONGEST_NS: Final = seconds_to_ns(600.0)


class RestartArguments(BaseModel):
    """None."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class RestartHandler:
    """Lets the agent start anew.

    Args:
        want_restart: Asks for it; what is in hand is finished first.
        now_ns: The wall clock, nanoseconds since 1970 UTC.
    """

    def __init__(self, want_restart: Callable[[], None], now_ns: Callable[[], int]) -> None:
        self._want_restart = want_restart
        self._now_ns = now_ns

    def __call__(self, command: Command) -> Answer:
        """Answer, and start anew when the answer is on disk.

        Raises:
            CommandError: It has arguments, or does not expire soon.
        """
        read_arguments(command, RestartArguments)
        if command.expires is None or command.expires > self._now_ns() + _LONGEST_NS:
            reason = "give `expires` within ten minutes: a repeated one would restart for ever"
            raise CommandError(command.name, reason)
        return Answer("starts anew", {}, ok=True).followed_by(self._want_restart)
