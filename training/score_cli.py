"""`model-trainer score`, `tune` and `tune-sta-lta`: how well detectors do, and where they fire."""

import shlex
import sys
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from edge.commandline import JsonOption
from training.extra import training_extra

DataOption = Annotated[
    Path,
    typer.Option(
        "--data", "-d", help="Folder with openeew_mx/, ncedc_windows/, ...", show_default=False
    ),
]


def tune(
    bundle: Annotated[Path, typer.Argument(help="Bundle", show_default=False)],
    data: DataOption,
    thresholds: Annotated[
        str, typer.Option(help="Scores to try, separated by commas")
    ] = "0.5,0.7,0.8,0.85,0.9,0.95,0.98",
    as_json: JsonOption = False,
) -> None:
    """Try thresholds on the training and validation records, through the station's pipeline."""
    with training_extra():
        from training.score.command import summarise_thresholds
        from training.score.table import summaries_to_json, tuning_table

        values = [float(text) for text in thresholds.split(",")]
        summaries = summarise_thresholds(bundle, data, values)
        show = summaries_to_json if as_json else tuning_table
        typer.echo(show(summaries))


def tune_sta_lta(
    data: DataOption,
    out: Annotated[
        Path | None, typer.Option("--out", "-o", help="JSON file to write the best settings to")
    ] = None,
    rows: Annotated[int, typer.Option(min=1, help="Settings to print, best first")] = 10,
    as_json: JsonOption = False,
) -> None:
    """Find the best settings of ObsPy's STA/LTA on the training and validation records.

    What `score` uses is kept in training/score/obspy_sta_lta.json.
    """
    with training_extra():
        from training.score.obspy_tuning import tried_to_json, tried_to_table, tune

        with _progress() as progress:
            task = progress.add_task("records and noise", total=None)
            tried = tune(data, lambda done, of: progress.update(task, completed=done, total=of))
    if out is not None:
        out.write_text(tried[0].config.model_dump_json(indent=2) + "\n")
    show = tried_to_json if as_json else tried_to_table
    typer.echo(show(tried[:rows]))


def score(
    data: DataOption,
    bundle: Annotated[
        list[Path] | None,
        typer.Option(
            help="Bundle to compare, ours first; repeatable; all that the agent comes with if "
            "left out"
        ),
    ] = None,
    float_bundle: Annotated[
        list[Path] | None,
        typer.Option(help="The same networks in other schemes, float among them; repeatable"),
    ] = None,
    elsewhere: Annotated[
        list[str] | None,
        typer.Option(help="NAME=BUNDLE: a network trained on other data; repeatable"),
    ] = None,
    out: Annotated[
        Path | None, typer.Option("--out", "-o", help="Folder for page, figures and pictures")
    ] = None,
    keep: Annotated[
        Path | None, typer.Option(help="Folder of rows that were measured before; filled")
    ] = None,
    noise_hours: Annotated[
        float, typer.Option(min=0, help="Surrogates of recorded noise to listen to, hours")
    ] = 48.0,
    disturbances: Annotated[
        int, typer.Option(min=0, help="How often each kind of disturbance comes")
    ] = 20,
    examples: Annotated[
        int, typer.Option(min=0, help="Mixed examples by which schemes are compared")
    ] = 400,
    seed: Annotated[int, typer.Option(min=0, help="Of every draw")] = 1,
    as_json: JsonOption = False,
) -> None:
    """Compare bundles and STA/LTA on the test events, which nothing else reads, and on long noise.

    Through the code of `edge-agent replay`. ObsPy's STA/LTA is a row where ObsPy is installed.
    """
    with training_extra():
        from training.score.board import Given, measure
        from training.score.config import ScoreConfig
        from training.score.lineup import shipped_bundles
        from training.score.write import board_to_json, write_board

        given = Given(
            bundle or shipped_bundles(),
            float_bundle or (),
            [_named_bundle(text) for text in elsewhere or ()],
        )
        config = ScoreConfig(
            noise_hours=noise_hours, disturbances=disturbances, examples=examples, seed=seed
        )
        with _progress() as progress:
            task = progress.add_task("reading", total=None)

            def report(what: str, done: int, of: int) -> None:
                progress.update(task, description=what, completed=done, total=of)

            board = measure(data, given, config, keep, report)
        if out is not None:
            write_board(board, out, "model-trainer " + shlex.join(sys.argv[1:]))
        if as_json:
            typer.echo(board_to_json(board))
        else:
            from training.score.stand import where_we_stand
            from training.score.table import detection_table

            typer.echo(detection_table({one.name: one.summary for one in board.standings}))
            typer.echo("\n" + where_we_stand(board))


def _named_bundle(text: str) -> tuple[str, Path]:
    name, equals, path = text.partition("=")
    if not (name and equals and path):
        raise typer.BadParameter(f"{text!r} is not NAME=BUNDLE", param_hint="--elsewhere")
    return name, Path(path)


def _progress() -> Progress:
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
    )
    return Progress(*columns, console=Console(stderr=True))
