"""`model-trainer retrain`: a new network of stations teaches a network, nobody labels."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from edge.commandline import JsonOption
from training.extra import training_extra


class Heard(StrEnum):
    """What counts as a detection."""

    EARTHQUAKE = "earthquake"
    ANYTHING = "anything"


def retrain(
    base: Annotated[Path, typer.Argument(help="Run folder of `train`", show_default=False)],
    data: Annotated[
        Path,
        typer.Option(
            "--data",
            "-d",
            help="The new network: folder with openeew_mx/, or volcano records",
            show_default=False,
        ),
    ],
    old: Annotated[
        list[Path],
        typer.Option(
            help="Data set of the old domain, in any layout; repeatable", show_default=False
        ),
    ],
    out: Annotated[Path, typer.Option("--out", "-o", help="Run folder")],
    stations: Annotated[
        int | None,
        typer.Option(min=1, help="Stations that must have seen it [default: 3; volcano: 2]"),
    ] = None,
    window_s: Annotated[
        float | None,
        typer.Option(
            "--window-s",
            min=0,
            help="Seconds between detections beyond the travel time of P [default: 3; volcano: 5]",
        ),
    ] = None,
    threshold: Annotated[
        float | None,
        typer.Option(min=0.01, max=0.99, help="Score that fires; tremor_stream [default: 0.8]"),
    ] = None,
    epochs: Annotated[
        int | None, typer.Option(min=1, help="Rounds [default: 8; volcano: 20]")
    ] = None,
    batches: Annotated[
        int | None, typer.Option(min=1, help="Steps a round; tremor_stream [default: 60]")
    ] = None,
    learning_rate: Annotated[
        float | None, typer.Option(help="At the start [default: 0.0005; volcano: 0.004]")
    ] = None,
    rehearsal: Annotated[
        float, typer.Option(min=0, max=0.95, help="Share of old examples mixed in")
    ] = 0.0,
    heard: Annotated[
        Heard | None,
        typer.Option(
            help="What a volcano network's detection is: its class earthquake, or anything but "
            "silence [default: anything]"
        ),
    ] = None,
    folds: Annotated[
        int | None,
        typer.Option(min=2, help="Parts of the cross-validation; volcano [default: 5]"),
    ] = None,
    seed: Annotated[int, typer.Option(min=0, help="Start of every random draw")] = 1,
    compare: Annotated[
        bool,
        typer.Option(
            "--compare", help="Also tune on all own detections, and on the labels of the data"
        ),
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Tune a run on what several stations saw together; report new domain and old."""
    with training_extra():
        from training.retrain.command import Places
        from training.retrain.command import retrain as run
        from training.retrain.report import report_to_json, report_to_text

        given = {
            "stations": stations,
            "slack_s": window_s,
            "threshold": threshold,
            "epochs": epochs,
            "batches": batches,
            "learning_rate": learning_rate,
            "rehearsal": rehearsal,
            "heard": None if heard is None else heard.value,
            "folds": folds,
            "seed": seed,
            "compare": compare,
        }
        console = Console(stderr=True)
        with console.status("reading") as status:
            report = run(Places(base, data, tuple(old), out), given, status.update)
    typer.echo(report_to_json(report) if as_json else report_to_text(report))
