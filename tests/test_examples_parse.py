"""What a page or a help text tells the reader to type is understood by the kit."""

import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from typer.main import get_command

from cloud.cli import app as cloud
from edge.cli import app as edge
from training.cli import app as training

_ROOT = Path(__file__).resolve().parents[1]
_PAGES = sorted([*_ROOT.glob("*.md"), *_ROOT.glob("docs/**/*.md")])
_PROGRAMS = {
    "edge-agent": get_command(edge),
    "cloud-aggregator": get_command(cloud),
    "model-trainer": get_command(training),
}
_CALL = re.compile(
    rf"^\s*(?:Example: |\$ |.*&& )?(?:sudo (?:-u \S+ )?)?((?:{'|'.join(_PROGRAMS)}) .*)"
)
_FENCE = re.compile(r"^ *```[^\n]*\n(.*?)^ *```", flags=re.DOTALL | re.MULTILINE)
_INLINE = re.compile(rf"`((?:sudo )?(?:{'|'.join(_PROGRAMS)}) [^`]+)`")
_ENDS = {"|", ">", ">>", "<", "&", "&&", ";", "||", "2>", ")"}


def _words(line: str) -> list[str]:
    """Return the words of a command line up to the first that is the shell's."""
    lexer = shlex.shlex(line, posix=True, punctuation_chars="|&;<>()")
    lexer.whitespace_split = True
    lexer.commenters = "#"
    words = []
    for word in lexer:
        if word in _ENDS:
            break
        words.append(word)
    return words


def _command(program: str, words: list[str]) -> tuple[Any, list[str]]:
    """Return the command that words name, and its arguments."""
    command: Any = _PROGRAMS[program]
    context: Any = None
    while hasattr(command, "list_commands") and words and not words[0].startswith("-"):
        context = command.context_class(command, parent=context, info_name=program)
        found = command.get_command(context, words[0])
        assert found is not None, f"{program}: no command {words[0]!r}"
        command, words = found, words[1:]
    return command, words


def _understood(line: str, *, is_whole: bool = True) -> None:
    """Parse a command line as the kit does, and run nothing.

    Args:
        line: As a person types it.
        is_whole: Nothing that it needs is left out, as it is where a sentence names an option.
    """
    program, *words = _words(re.sub(r"(?<=\w)\.\.\.", "", line))
    command, arguments = _command(program, words)
    if hasattr(command, "list_commands") or "--help" in arguments:
        return
    try:
        command.make_context(program, list(arguments))
    except Exception as error:
        if not is_whole and type(error).__name__ in {"MissingParameter", "BadOptionUsage"}:
            return
        raise AssertionError(f"{line}\n{error}") from error


def _calls(block: str) -> Iterator[str]:
    """Yield the calls of the kit's programs in lines of a shell."""
    for line in re.sub(r"\\\n\s*", "", block).splitlines():
        found = _CALL.search(line)
        if found is not None:
            yield found[1]


def _helps(command: Any, path: str) -> Iterator[tuple[str, str]]:  # noqa: ANN401 - typer's click
    for name in command.list_commands(None) if hasattr(command, "list_commands") else ():
        yield from _helps(command.get_command(None, name), f"{path} {name}")
    yield path, command.epilog or ""


_EPILOGS = [pair for name, command in _PROGRAMS.items() for pair in _helps(command, name)]


@pytest.mark.parametrize("page", _PAGES, ids=lambda p: p.name)
def test_commands_of_a_page_are_understood(page: Path) -> None:
    """Commands, options, kinds of values: an old name is found here, not by a reader."""
    text = page.read_text()

    for block in _FENCE.findall(text):
        for call in _calls(block):
            _understood(call)
    for call in _INLINE.findall(_FENCE.sub("", text)):
        _understood(call.replace("\n", " ").removeprefix("sudo "), is_whole=False)


@pytest.mark.parametrize(("path", "epilog"), _EPILOGS, ids=[path for path, _ in _EPILOGS])
def test_example_of_a_help_text_is_understood(path: str, epilog: str) -> None:
    """Each command shows how it is called, by itself and in words that it takes."""
    calls = [call for line in epilog.splitlines() for call in _calls(line)]

    for call in calls:
        _understood(call)
        assert call.startswith(path.removesuffix(" NAME")), call
    assert calls or epilog.startswith("Exit codes") or _is_group(path)


def _is_group(path: str) -> bool:
    program, *words = path.split()
    return hasattr(_command(program, words)[0], "list_commands")


@pytest.mark.parametrize(
    "line",
    [
        "edge-agent run --confg station.toml",
        "edge-agent run",
        "edge-agent fly -c station.toml",
        "cloud-aggregator station list --minutes 3",
        "cloud-aggregator simulate --stations many",
    ],
)
def test_mistake_in_an_example_would_be_seen(line: str) -> None:
    """The rule above finds what it is for."""
    with pytest.raises(AssertionError):
        _understood(line)
