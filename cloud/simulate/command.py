"""What `cloud-aggregator simulate` does: play, show how far it is, print the result."""

import contextlib
import json
import tempfile
from pathlib import Path

import typer
from rich.console import Console
from rich.progress import Progress

from cloud.simulate.report import figures_of, in_words
from cloud.simulate.run import simulate
from cloud.simulate.script import ScriptConfig, write_script


def simulate_command(
    config: ScriptConfig,
    broker: tuple[str, int] | None,
    folder: Path | None,
    processes: int = 0,
    *,
    as_json: bool,
) -> None:
    """Play a script and print how good the centre was.

    Args:
        config: What is played.
        broker: Host and port of one that runs; a Mosquitto of our own where left out.
        folder: For logs and database; a temporary one where left out.
        processes: That receive besides the centre.
        as_json: Print all figures.

    Raises:
        SimulationError: Broker or centre do not start.
    """
    script = write_script(config)
    with contextlib.ExitStack() as stack:
        place = folder or Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="tremor-")))
        place.mkdir(parents=True, exist_ok=True)
        progress = stack.enter_context(Progress(console=Console(stderr=True), transient=True))
        task = progress.add_task(f"{config.stations} stations", total=script.length_s)
        outcome = simulate(
            script,
            place,
            broker,
            lambda played_s: progress.update(task, completed=played_s),
            processes,
        )
    figures = figures_of(script, outcome)
    typer.echo(json.dumps(figures, indent=2) if as_json else in_words(figures))
