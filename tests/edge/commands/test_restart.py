"""A restart from afar is answered first, done once, and never repeats for ever."""

import pytest

from edge.commands.restart import RestartHandler
from edge.errors import CommandError
from edge.messages.command import Command
from edge.timestamps import seconds_to_ns

NOW_NS = 1_700_000_000_000_000_000


def command(expires_s: float | None = 60.0, **arguments: object) -> Command:
    """Return a command that expires so much later."""
    expires = None if expires_s is None else NOW_NS + seconds_to_ns(expires_s)
    return Command(id="r1", name="restart", arguments=arguments, expires=expires)


def test_the_answer_is_kept_before_the_agent_ends() -> None:
    """Nothing happens until the receiver has the answer on disk and calls what follows."""
    wanted: list[bool] = []
    answer = RestartHandler(lambda: wanted.append(True), lambda: NOW_NS)(command())

    assert (True, True, []) == (answer.ok, answer.done, wanted)
    assert answer.then is not None
    answer.then()
    assert [True] == wanted


@pytest.mark.parametrize("expires_s", [None, 86_400.0])
def test_one_that_does_not_expire_soon_is_refused(expires_s: float | None) -> None:
    """The broker would give it to each new agent again."""
    handler = RestartHandler(lambda: None, lambda: NOW_NS)

    with pytest.raises(CommandError, match="within ten minutes"):
        handler(command(expires_s))


def test_it_takes_no_arguments() -> None:
    """A word that nobody understands is not passed over."""
    handler = RestartHandler(lambda: None, lambda: NOW_NS)

    with pytest.raises(CommandError, match="harder"):
        handler(command(harder=True))
