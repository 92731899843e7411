"""What became of commands, for people and for programs."""

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

from cloud.commands.sending import Outcome, Station
from edge.messages.command import Reply
from edge.printable import shown


def as_text(outcomes: Mapping[Station, Outcome], *, waited: bool) -> Iterator[str]:
    """Yield a line or more for each station."""
    for (network, station), outcome in outcomes.items():
        name = f"{network}.{station}"
        if not outcome.replies:
            said = "no answer in time" if waited else f"sent, id {outcome.command.id}"
            yield f"{name}: {said}"
            continue
        last = outcome.replies[-1]
        word = "ok" if last.ok else "refused"
        yield shown(f"{name}: {word if last.done else 'not done yet'}: {last.text}")
        for key, value in sorted(last.result.items()):
            yield shown(f"  {key}: {value if isinstance(value, str) else json.dumps(value)}")


def outcomes_as_json(outcomes: Mapping[Station, Outcome]) -> list[dict[str, Any]]:
    """Return what became of each station's command."""
    return [
        {
            "network": network,
            "station": station,
            "id": outcome.command.id,
            "done": outcome.is_over,
            "ok": outcome.is_well,
            "replies": [json.loads(reply.to_wire()) for reply in outcome.replies],
        }
        for (network, station), outcome in outcomes.items()
    ]


@contextmanager
def waiting_bar(stations: int, *, quiet: bool) -> Iterator[Callable[[Reply], None]]:
    """Show how many have answered; yields what is to be called with each reply."""
    columns = (TextColumn("waiting for answers"), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, console=Console(stderr=True), disable=quiet, transient=True) as bar:
        task = bar.add_task("", total=stations)

        def heard(reply: Reply) -> None:
            if reply.done:
                bar.advance(task)

        yield heard
