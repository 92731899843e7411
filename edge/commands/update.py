"""The command `update`: look for a network now rather than at the next time.

It takes no arguments. What comes of it stands in the station's state; the command alone brings
nothing onto a station: the repository's signatures do.
"""

from collections.abc import Callable

from pydantic import BaseModel, ConfigDict

from edge.commands.arguments import read_arguments
from edge.commands.receiver import Result
from edge.messages.command import Command
from edge.messages.update import UpdateReport


class UpdateArguments(BaseModel):
    """Nothing."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class UpdateHandler:
    """Lets the station look.

    Args:
        want: Lets it look soon.
        report: Says how it is.
    """

    def __init__(self, want: Callable[[], None], report: Callable[[], UpdateReport]) -> None:
        self._want = want
        self._report = report

    def __call__(self, command: Command) -> Result:
        """Let the station look soon.

        Raises:
            CommandError: There are arguments.
        """
        read_arguments(command, UpdateArguments)
        self._want()
        return "looking for a network", self._report().model_dump(mode="json")
