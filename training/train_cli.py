"""`model-trainer train NAME`: train a published network of the zoo.

KERAS_BACKEND is read when Keras is first imported, so that every import of it waits here until the
options are known.
"""

import importlib.util
import json
import os
import sys
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from typer.core import TyperGroup

from edge.errors import MissingExtraError
from training.extra import training_extra
from training.train_bar import Bar, steps_bar

if TYPE_CHECKING:
    import click

    from training.zoo_run import ZooRunConfig
    from training.zoo_train import Trained

NAME = "NAME"


class Backend(StrEnum):
    """Backends of Keras."""

    TENSORFLOW = "tensorflow"
    JAX = "jax"
    TORCH = "torch"


class Quantity(StrEnum):
    """What becomes of velocity."""

    ACCELERATION = "acceleration"
    AS_RECORDED = "as-recorded"


class NetworkGroup(TyperGroup):
    """A group whose command `NAME` answers to every name that it does not know."""

    def get_command(self, ctx: "click.Context", cmd_name: str) -> "click.Command | None":
        """Return the command of a name; a network's is that of all networks."""
        known = super().get_command(ctx, cmd_name)
        return known if known is not None else super().get_command(ctx, NAME)


def train_zoo_network(
    context: typer.Context,
    data: Annotated[
        list[Path],
        typer.Option(
            "--data",
            "-d",
            help="Data set in any layout, or folder with openeew_mx/, ncedc_windows/, "
            "stead_sample/, volcano/; may be given again",
            show_default=False,
        ),
    ],
    out: Annotated[
        Path, typer.Option("--out", "-o", help="Run folder; an interrupted run goes on there")
    ],
    as_published: Annotated[
        bool, typer.Option("--as-published", help="In the published form, mistakes included")
    ] = False,
    recipe: Annotated[
        Path | None, typer.Option(help="JSON file of parameters, as in training/recipes")
    ] = None,
    seed: Annotated[
        int | None, typer.Option(min=0, help="Start of every random draw [default: 1]")
    ] = None,
    epochs: Annotated[int | None, typer.Option(min=1, help="Rounds [default: recipe]")] = None,
    batches: Annotated[
        int | None, typer.Option(min=1, help="Steps a round [default: all data once, at least 50]")
    ] = None,
    batch_size: Annotated[
        int | None, typer.Option(min=1, help="Examples a step [default: recipe; 32 for few data]")
    ] = None,
    learning_rate: Annotated[
        float | None, typer.Option(help="At the start [default: recipe]")
    ] = None,
    patience: Annotated[
        int | None,
        typer.Option(min=0, help="Rounds without gain before it ends; 0: never [default: recipe]"),
    ] = None,
    quantity: Annotated[
        Quantity | None,
        typer.Option(help="Velocity becomes acceleration, or stays [default: acceleration]"),
    ] = None,
    backend: Annotated[
        Backend | None, typer.Option(help="Of Keras [default: KERAS_BACKEND, else tensorflow]")
    ] = None,
    mixed_precision: Annotated[
        bool, typer.Option("--mixed-precision", help="Products in 16 bits, for GPUs")
    ] = False,
    start: Annotated[
        Path | None, typer.Option(help="Run folder whose best weights to begin with")
    ] = None,
    cache: Annotated[
        Path | None,
        typer.Option(help="Folder for the recordings at the network's rate, if larger than memory"),
    ] = None,
    tensorboard: Annotated[
        bool, typer.Option("--tensorboard", help="Write logs for TensorBoard into the run folder")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON for programs")] = False,
) -> None:
    """Train a network of the zoo, such as cred or quake_cnn; the best round is kept."""
    given = {
        "network": context.info_name,
        "as_published": as_published or None,
        "seed": seed,
        "epochs": epochs,
        "batches": batches,
        "batch_size": batch_size,
        "learning_rate": learning_rate,
        "patience": patience,
        "quantity": None if quantity is None else quantity.value,
        "backend": choose_backend(backend),
        "mixed_precision": mixed_precision or None,
    }
    with training_extra():
        from training.data.sets import read_pools
        from training.zoo import network
        from training.zoo_run import ZooRunConfig, ZooRunFolder, read_zoo_recipe

        changes = {name: value for name, value in given.items() if value is not None}
        network(str(context.info_name))
        base = {} if recipe is None else read_zoo_recipe(recipe).model_dump()
        config = ZooRunConfig.model_validate(base | changes)
        pools = read_pools(data, config.recipe(), quantity=config.quantity, cache=cache)
        weights = None if start is None else ZooRunFolder(start).best_weights
        logs = tensorboard_folder(out) if tensorboard else None
        trained = _train(config, pools, out, weights, logs)
    _print(trained, out, data, as_json=as_json)


def choose_backend(wanted: Backend | None) -> str:
    """Set the backend of Keras, which is not imported yet, and return its name.

    Raises:
        MissingExtraError: The backend is not installed.
        BadParameter: Keras runs on another one already.
    """
    name = wanted.value if wanted is not None else os.environ.get("KERAS_BACKEND", "tensorflow")
    if importlib.util.find_spec(name) is None:
        raise MissingExtraError(name, name)
    keras = sys.modules.get("keras")
    if keras is not None and keras.backend.backend() != name:
        running = keras.backend.backend()
        raise typer.BadParameter(f"Keras runs on {running} in this process; {name} needs a new one")
    os.environ["KERAS_BACKEND"] = name
    return name


def tensorboard_folder(out: Path) -> Path:
    """Return where TensorBoard's logs of a run lie.

    Raises:
        MissingExtraError: TensorBoard, which Keras writes them with, is not installed.
    """
    if importlib.util.find_spec("tensorboard") is None:
        raise MissingExtraError("tensorboard", "tensorboard")
    return out / "tensorboard"


def _train(
    config: "ZooRunConfig",
    pools: object,
    out: Path,
    start: Path | None,
    tensorboard: Path | None,
) -> "Trained":
    from training.zoo_run import ZooRunFolder
    from training.zoo_train import train_network

    with steps_bar() as bar:
        return train_network(
            config, pools, ZooRunFolder(out), Bar(bar), start=start, tensorboard=tensorboard
        )


def _print(trained: "Trained", out: Path, data: list[Path], *, as_json: bool) -> None:
    if as_json:
        facts = {
            "run": str(out),
            "best_epoch": trained.best_epoch,
            trained.monitor: trained.best,
            "validation": trained.figures,
        }
        typer.echo(json.dumps(facts, indent=2))
        return
    typer.echo(f"best epoch {trained.best_epoch + 1}: {trained.monitor} {trained.best:.4g}")
    typer.echo("best weights on the validation part:")
    for name, value in trained.figures.items():
        typer.echo(f"  {name:<32}{value:.4g}")
    sets = " ".join(f"--data {path}" for path in data)
    typer.echo(f"next: model-trainer quantise {out} {sets} --out bundles")
