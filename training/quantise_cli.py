"""`model-trainer quantise`: a run becomes bundles."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from edge.commandline import EXIT_FAILED, JsonOption
from training.extra import training_extra

if TYPE_CHECKING:
    from training.export.bundles import Wanted
    from training.export.report import Release

_MODEL_LICENCE = "CC BY-SA 4.0"
"""As the largest share of the training recordings demands."""
_STREAM = "tremor_stream"
_STREAM_THRESHOLD = 0.8

EPILOG = "Example: model-trainer quantise runs/first --data recordings --out bundles --version 2"


def quantise(
    run: Annotated[Path, typer.Argument(help="Run folder of `train`", show_default=False)],
    data: Annotated[
        list[Path],
        typer.Option(
            "--data", "-d", help="As `train` was given; may be given again", show_default=False
        ),
    ],
    out: Annotated[Path, typer.Option("--out", "-o", help="Folder for the bundles")],
    version: Annotated[int, typer.Option(min=1, help="Version; only ever grows")] = 1,
    scheme: Annotated[
        list[str] | None,
        typer.Option(help="float32, int8 or int16; may be given again [default: all three]"),
    ] = None,
    file_format: Annotated[
        str, typer.Option("--format", help="tflite, onnx or both, in one bundle")
    ] = "tflite",
    threshold: Annotated[
        float | None,
        typer.Option(
            min=0,
            max=1,
            help="Score that fires [default: 0.8 for tremor_stream, see `tune`; for others the "
            "largest that is nearly the best on the validation windows]",
        ),
    ] = None,
    finetune: Annotated[
        int,
        typer.Option(min=0, help="Epochs of fine-tuning for int8 with weights and inputs rounded"),
    ] = 0,
    recipe: Annotated[
        str | None, typer.Option(help="Text for the card: how to make the bundle again")
    ] = None,
    licence: Annotated[str, typer.Option(help="Of the bundles, for the card")] = _MODEL_LICENCE,
    remark: Annotated[
        str, typer.Option(help="Text for the card: what else it shall say of the network")
    ] = "",
    for_centre: Annotated[
        bool,
        typer.Option(
            "--for-centre",
            help="The one bundle that the centre picks with: ONNX, many windows at once",
        ),
    ] = False,
    cache: Annotated[
        Path | None,
        typer.Option(help="Folder for the recordings at the network's rate, if larger than memory"),
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Convert a run to bundles in each scheme, if it passes every gate.

    int8 bundles go to the folder itself, others to float32/ and int16/ in it. If a scheme or format
    is not to be had the others are written all the same, and the command ends with 1.
    """
    with training_extra():
        from training.export.bundles import Naming, Wanted
        from training.export.report import release_to_json, release_to_text
        from training.export.subject import SCHEMES, formats_named, scheme_named

        name = network_of(run)
        schemes = tuple(scheme_named(one) for one in scheme) if scheme else SCHEMES
        wanted = Wanted(schemes, formats_named(file_format))
        words = recipe or default_recipe(name, version, finetune, for_centre=for_centre)
        if for_centre:
            naming = Naming(version, threshold, words, licence, remark)
            release = _for_centre(run, data, out, naming, cache)
        elif name == _STREAM:
            score = _STREAM_THRESHOLD if threshold is None else threshold
            naming = Naming(version, score, words, licence, remark)
            release = _quantise_stream(run, data, out, naming, wanted, finetune)
        else:
            naming = Naming(version, threshold, words, licence, remark)
            release = _quantise_windows(run, data, out, naming, wanted, finetune, cache)
    typer.echo(release_to_json(release) if as_json else release_to_text(release))
    if release.failures:
        raise typer.Exit(EXIT_FAILED)


def network_of(run: Path) -> str:
    """Return the name of the network that a run trained.

    Raises:
        RunError: It is no run.
    """
    from training.errors import RunError

    try:
        content = json.loads((run / "config.json").read_text())
        return str(content["config"]["network"])
    except FileNotFoundError:
        raise RunError(run, "has no config.json; is it a run of `train`?") from None
    except (ValueError, KeyError, TypeError) as error:
        raise RunError(run, f"config.json cannot be read: {error}") from error


def default_recipe(name: str, version: int, finetune: int, *, for_centre: bool = False) -> str:
    """Return the commands that make a bundle again."""
    tuned = f" --finetune {finetune}" if finetune else ""
    tuned += " --for-centre" if for_centre else ""
    return (
        f"model-trainer train {name} --data DATA --out RUN --recipe RUN/config.json; "
        f"model-trainer quantise RUN --data DATA --out OUT --version {version}{tuned}"
    )


def _quantise_stream(
    run: Path, data: list[Path], out: Path, naming: object, wanted: "Wanted", finetune: int
) -> "Release":
    from training.export.quantise import quantise
    from training.run import RunFolder

    if len(data) != 1:
        raise typer.BadParameter(f"{_STREAM} takes one --data, the folder of all its recordings")
    if finetune:
        raise typer.BadParameter(f"--finetune is for networks of windows, not for {_STREAM}")
    return quantise(RunFolder(run), data[0], out, naming, wanted)


def _for_centre(
    run: Path, data: list[Path], out: Path, naming: object, cache: Path | None
) -> "Release":
    from training.data.sets import read_pools
    from training.export.centre import centre_bundle
    from training.zoo_run import ZooRunFolder

    folder = ZooRunFolder(run)
    config = folder.config()
    folder.weights_sha256()
    pools = read_pools(data, config.recipe(), quantity=config.quantity, cache=cache)
    return centre_bundle(folder, pools, out, naming)


def _quantise_windows(
    run: Path,
    data: list[Path],
    out: Path,
    naming: object,
    wanted: "Wanted",
    finetune: int,
    cache: Path | None,
) -> "Release":
    from training.data.sets import read_pools
    from training.export.finetune import Finetuning
    from training.export.windows import quantise_windows
    from training.zoo_run import ZooRunFolder

    folder = ZooRunFolder(run)
    config = folder.config()
    folder.weights_sha256()
    pools = read_pools(data, config.recipe(), quantity=config.quantity, cache=cache)
    tuning = Finetuning(finetune) if finetune else None
    return quantise_windows(folder, pools, out, naming, wanted, tuning)
