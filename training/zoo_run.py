"""A run folder of a network of the zoo: all that one training used and made.

RUN/
  config.json            every parameter, the seed, the versions, the data's fingerprint
  data.json              recordings used, by source and part
  log.csv                one row an epoch
  best.weights.h5        weights of the best epoch by what the recipe watches
  scaler.json            mean and spread of the features of a volcano network
  validation.json        what the best weights are worth on the validation part; the run is done
  last/                  where an interrupted training goes on
"""

import csv
import hashlib
import json
import math
from collections.abc import Mapping
from dataclasses import asdict
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from edge.signal.preparation import Preparation
from training.data.pool import As, Pool
from training.data.record import Part
from training.data.scenes import AugmentConfig
from training.errors import RecipeError, RunError
from training.models.recipe import Recipe
from training.preparations import Scaler, preparation
from training.zoo import network

if TYPE_CHECKING:
    import keras

Backend = Literal["tensorflow", "jax", "torch"]
Losses = Mapping[str, float]


class ZooRunConfig(BaseModel):
    """Everything that decides what a training gives; the rest follows from recipe and data."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    network: str = Field(title="Network", description="Name in the zoo")
    as_published: bool = Field(
        default=False, title="Published", description="In the published form, mistakes included"
    )
    quantity: As = Field(
        default="acceleration",
        title="Quantity",
        description="Velocity becomes acceleration, as MEMS stations measure, or stays",
    )
    seed: int = Field(default=1, ge=0, title="Seed", description="Start of every random draw")
    epochs: int | None = Field(default=None, gt=0, title="Epochs", description="At most")
    batches: int | None = Field(default=None, gt=0, title="Batches", description="Steps an epoch")
    batch_size: int | None = Field(
        default=None, gt=0, title="Batch size", description="Examples a step"
    )
    learning_rate: float | None = Field(
        default=None, gt=0, title="Learning rate", description="At the start"
    )
    schedule: Literal["recipe", "cosine"] = Field(
        default="recipe",
        title="Schedule",
        description="Steps of the recipe, or a cosine from the start to zero",
    )
    patience: int | None = Field(
        default=None,
        ge=0,
        title="Patience",
        description="Epochs without gain before it stops; 0 never stops",
    )
    validation_examples: int = Field(
        default=2000,
        gt=0,
        title="Validation",
        description="Windows of the validation part, at most",
    )
    backend: Backend = Field(default="tensorflow", title="Backend", description="Of Keras")
    mixed_precision: bool = Field(
        default=False, title="Mixed precision", description="Products in 16 bits, for GPUs"
    )
    start_sha256: str | None = Field(
        default=None,
        title="Start",
        description="SHA-256 of the weights that this run begins with",
    )
    augment: AugmentConfig = Field(
        default=AugmentConfig(), title="Augmentation", description="Of the sound form's windows"
    )

    def recipe(self) -> Recipe:
        """Return the recipe of the network in the wanted form."""
        return network(self.network).recipe(as_published=self.as_published)


def read_zoo_recipe(path: Path) -> ZooRunConfig:
    """Return the parameters of a JSON file; a run's `config.json` will do too.

    Raises:
        RecipeError: The file is missing or holds no such parameters.
    """
    try:
        content = json.loads(path.read_text())
        config = ZooRunConfig.model_validate(content.get("config", content))
    except (OSError, ValueError, AttributeError) as error:
        raise RecipeError(path, str(error)) from error
    return config.model_copy(update={"start_sha256": None})


class ZooRunFolder:
    """The files of one training."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.config_path = folder / "config.json"
        self.data_path = folder / "data.json"
        self.log = folder / "log.csv"
        self.best_weights = folder / "best.weights.h5"
        self.scaler_path = folder / "scaler.json"
        self.validation_path = folder / "validation.json"
        self.backup = folder / "last"

    def begin(self, config: ZooRunConfig, pools: Mapping[Part, Pool]) -> Self:
        """Make the folder, or enter it again with the same parameters and recordings.

        Raises:
            RunError: The folder holds another run, or one that is finished.
        """
        self.folder.mkdir(parents=True, exist_ok=True)
        data = {part: pool.fingerprint for part, pool in pools.items()}
        if self.config_path.exists():
            self._check_same(config, data)
            return self
        packages = {name: version(name) for name in ("keras", config.backend, "numpy")}
        content = {"config": config.model_dump(mode="json"), "versions": packages, "data": data}
        census = {part: pool.sources for part, pool in pools.items()}
        self.data_path.write_text(json.dumps(census, indent=2) + "\n")
        self.config_path.write_text(json.dumps(content, indent=2) + "\n")
        return self

    def config(self) -> ZooRunConfig:
        """Return the run's parameters.

        Raises:
            RunError: There are none, or they cannot be read.
        """
        try:
            return ZooRunConfig.model_validate(self._content()["config"])
        except (ValidationError, ValueError, KeyError) as error:
            raise RunError(self.folder, f"config.json cannot be read: {error}") from error

    def load_model(self) -> "keras.Model":
        """Return the network with the best weights.

        Raises:
            RunError: The run has none.
        """
        config = self.config()
        if not self.best_weights.exists():
            raise RunError(self.folder, f"has no {self.best_weights.name}; train it first")
        model = network(config.network).build(as_published=config.as_published)
        model.load_weights(self.best_weights)
        return model

    def preparation(self) -> Preparation:
        """Return how windows are made into the network's input."""
        config = self.config()
        return preparation(config.recipe(), as_published=config.as_published, scaler=self.scaler())

    def scaler(self) -> Scaler | None:
        """Return the scaler of a volcano network's features; None of other networks."""
        if not self.scaler_path.exists():
            return None
        return Scaler(**{k: tuple(v) for k, v in json.loads(self.scaler_path.read_text()).items()})

    def keep_scaler(self, scaler: Scaler) -> None:
        """Write the scaler."""
        self.scaler_path.write_text(json.dumps(asdict(scaler)) + "\n")

    def validation(self) -> dict[str, float]:
        """Return what the best weights are worth on the validation part.

        Raises:
            RunError: The run is not finished.
        """
        if not self.finished:
            raise RunError(self.folder, "is not finished; give its `train` command again")
        figures: dict[str, float] = json.loads(self.validation_path.read_text())
        return figures

    @property
    def finished(self) -> bool:
        """Whether the training came to its end."""
        return self.validation_path.exists()

    def weights_sha256(self) -> str:
        """Return the hash of the best weights.

        Raises:
            RunError: There are none.
        """
        if not self.best_weights.exists():
            raise RunError(self.folder, f"has no {self.best_weights.name}; train it first")
        return hashlib.sha256(self.best_weights.read_bytes()).hexdigest()

    def rows(self) -> list[dict[str, float]]:
        """Return the log, a row an epoch."""
        if not self.log.exists():
            return []
        with self.log.open(newline="") as file:
            return [{k: float(v) for k, v in row.items()} for row in csv.DictReader(file)]

    def note(self, epoch: int, losses: Losses) -> None:
        """Add an epoch to the log."""
        self._write_log([*self.rows(), {"epoch": epoch, **losses}])

    def go_back_to(self, epoch: int) -> None:
        """Forget the epochs from this one on: they are done again."""
        rows = self.rows()
        kept = [row for row in rows if row["epoch"] < epoch]
        if len(kept) < len(rows):
            self._write_log(kept)

    def epoch_to_do(self) -> int:
        """Return the epoch that an interrupted training goes on with."""
        state = self.backup / "training_metadata.json"
        try:
            return int(json.loads(state.read_text())["epoch"])
        except (OSError, ValueError, KeyError):
            # Never begun, or interrupted while the very first state was written.
            return 0

    def best(self, monitor: str, *, larger: bool) -> tuple[int, float]:
        """Return the best epoch so far and its value; -1 and the worst value before the first."""
        sign = -1.0 if larger else 1.0
        rows = [(sign * row[monitor], int(row["epoch"])) for row in self.rows()]
        value, epoch = min(rows, default=(math.inf, -1))
        return epoch, sign * value

    def _write_log(self, rows: list[dict[str, float]]) -> None:
        """Write the whole log anew, so that it is whole whenever the process ends."""
        unfinished = self.log.with_suffix(".unfinished")
        with unfinished.open("w", newline="") as file:
            writer = csv.DictWriter(file, list(rows[0]) if rows else ["epoch"])
            writer.writeheader()
            writer.writerows([{**row, "epoch": int(row["epoch"])} for row in rows])
        unfinished.replace(self.log)

    def _check_same(self, config: ZooRunConfig, data: dict[Part, str]) -> None:
        if self.config() != config:
            raise RunError(
                self.folder,
                "holds a run with other parameters; name another folder, "
                "or give the parameters that its config.json shows",
            )
        if self._content().get("data") != data:
            raise RunError(self.folder, "holds a run on other recordings; name another folder")
        if self.finished:
            raise RunError(self.folder, "is finished; name another folder for another run")

    def _content(self) -> dict[str, dict[str, str]]:
        try:
            content: dict[str, dict[str, str]] = json.loads(self.config_path.read_text())
        except FileNotFoundError:
            raise RunError(self.folder, "has no config.json; is it a run of `train`?") from None
        except ValueError as error:
            raise RunError(self.folder, f"config.json cannot be read: {error}") from error
        return content
