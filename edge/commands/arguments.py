"""The arguments of a command, checked."""

from typing import TypeVar

from pydantic import BaseModel, ValidationError

from edge.errors import CommandError
from edge.messages.command import Command

Arguments = TypeVar("Arguments", bound=BaseModel)


def read_arguments(command: Command, model: type[Arguments]) -> Arguments:
    """Return the arguments.

    Raises:
        CommandError: They are not those of the model; names each and what is wrong with it.
    """
    try:
        return model.model_validate(command.arguments)
    except ValidationError as error:
        problems = "; ".join(
            f"{'.'.join(map(str, one['loc']))}: {one['msg']}" for one in error.errors()
        )
        raise CommandError(command.name, problems) from None
