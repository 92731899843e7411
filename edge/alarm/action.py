"""What an alarm does: something that is told when it begins and when it ends."""

from typing import Protocol

from edge.messages import Alarm


class Action(Protocol):
    """Told of the alarm; must come back at once, and fail with `AlarmError` or not at all."""

    @property
    def name(self) -> str:
        """What people call it: command, gpio, broker."""

    def tell(self, alarm: Alarm) -> None:
        """Do what is to be done as the alarm begins or ends.

        Raises:
            AlarmError: It cannot be done.
        """

    def close(self) -> None:
        """Let go of everything, with the alarm off."""
