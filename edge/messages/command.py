"""Commands to a station, and its answers."""

from typing import Annotated, Any

from pydantic import Field

from edge.messages.base import Code, Message
from edge.timestamps import Timestamp

CommandId = Annotated[str, Field(pattern=r"^[A-Za-z0-9._-]{1,64}$")]
"""Safe in topics and files."""


class Command(Message):
    """Something that a station shall do; with the same id it does it once."""

    id: CommandId
    name: str = Field(min_length=1, max_length=32, description="What to do, `waveform` say")
    arguments: dict[str, Any] = Field(default_factory=dict)
    expires: Timestamp | None = Field(default=None, description="Nobody wants it any more then")


class Reply(Message):
    """What became of a command."""

    id: str = Field(description="The command's id")
    name: str
    network: Code
    station: Code
    ok: bool = Field(description="It was done")
    done: bool = Field(
        default=True,
        description="The last answer; false: not done yet, another one with this id follows",
    )
    text: str = Field(description="What was done, or why it was not")
    result: dict[str, Any] = Field(default_factory=dict, description="Figures, by command")
    time: Timestamp
