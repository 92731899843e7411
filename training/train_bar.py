"""The progress of a training on the terminal: a bar of steps, a line an epoch."""

from typing import TYPE_CHECKING

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)

if TYPE_CHECKING:
    from training.zoo_run import Losses


def steps_bar() -> Progress:
    """Return an empty bar on the standard error."""
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
        TextColumn("{task.fields[losses]}"),
    )
    return Progress(*columns, console=Console(stderr=True))


class Bar:
    """A progress bar of steps, with the losses of the last epoch."""

    def __init__(self, bar: "Progress") -> None:
        self._bar = bar
        self._task = bar.add_task("reading", total=None, losses="")

    def begin(self, epoch: int, epochs: int, batches: int) -> None:
        """Show how much is done and how much there is to do."""
        self._epochs = epochs
        self._bar.update(
            self._task,
            description=f"epoch {epoch + 1}/{epochs}",
            completed=epoch * batches,
            total=epochs * batches,
        )

    def batch(self, losses: "Losses") -> None:
        """Move by a step."""
        self._bar.update(self._task, advance=1, losses=_shown({"loss": losses["loss"]}))

    def epoch(self, epoch: int, losses: "Losses") -> None:
        """Print the losses of an epoch above the bar."""
        line = f"epoch {epoch + 1:3d}  {_shown(losses)}"
        self._bar.console.print(line, highlight=False, soft_wrap=True)
        following = min(epoch + 2, self._epochs)
        self._bar.update(self._task, description=f"epoch {following}/{self._epochs}")


def _shown(losses: "Losses") -> str:
    return "  ".join(f"{name} {value:.4g}" for name, value in losses.items())
