"""How far a large fetch is, for a person at a terminal."""

from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import (
    BarColumn,
    DownloadColumn,
    Progress,
    TextColumn,
    TimeRemainingColumn,
    TransferSpeedColumn,
)

from edge.update.large import Told


@contextmanager
def shown_fetch() -> Iterator[Told]:
    """Show a bar while something large is fetched; nothing where all is small."""
    columns = (
        TextColumn("fetching software"),
        BarColumn(),
        DownloadColumn(),
        TransferSpeedColumn(),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task("fetch", visible=False)

        def told(done: int, whole: int) -> None:
            progress.update(task, completed=done, total=whole, visible=True)

        yield told
