"""A run folder: all that one training used and made.

RUN/
  config.json            every parameter, the seed, the versions
  log.csv                one row an epoch
  best.weights.h5        lowest validation loss so far
  last/                  where an interrupted training goes on (Keras BackupAndRestore)
  data.json              recordings used, by source and part
"""

import csv
import hashlib
import json
import math
from importlib.metadata import version
from pathlib import Path
from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from edge.signal.conditioning import ConditioningConfig
from training.data.mixing import MixingConfig
from training.errors import RecipeError, RunError
from training.models.tremor_stream import TremorStreamConfig


class RunConfig(BaseModel):
    """Everything that decides what a training gives."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    network: Literal["tremor_stream"] = Field(
        default="tremor_stream", title="Network", description="Which network of the zoo"
    )
    seed: int = Field(default=1, title="Seed", description="Start of every random draw")
    epochs: int = Field(default=40, gt=0, title="Epochs", description="Rounds of `batches` steps")
    batches: int = Field(default=120, gt=0, title="Batches", description="Steps an epoch")
    batch_size: int = Field(default=32, gt=0, title="Batch size", description="Examples a step")
    validation_examples: int = Field(
        default=256, gt=0, title="Validation", description="Examples drawn once for validation"
    )
    learning_rate: float = Field(
        default=2e-3, gt=0, title="Learning rate", description="Of Adam at the start; cosine to 0"
    )
    sources: tuple[str, ...] | None = Field(
        default=None,
        title="Sources",
        description="Data sets to train on, such as `ncedc`; all that the folder holds if left out",
    )
    start_sha256: str | None = Field(
        default=None,
        title="Start",
        description="SHA-256 of the weights of another run that this one begins with",
    )
    shape: TremorStreamConfig = Field(
        default=TremorStreamConfig(), title="Shape", description="Shape of the network"
    )
    conditioning: ConditioningConfig = Field(
        default=ConditioningConfig(), title="Conditioning", description="Preprocessing"
    )
    mixing: MixingConfig = Field(
        default=MixingConfig(), title="Mixing", description="How examples are mixed"
    )


def read_recipe(path: Path) -> RunConfig:
    """Return the parameters of a JSON file; a run's `config.json` will do too.

    Raises:
        RecipeError: The file is missing or holds no such parameters.
    """
    try:
        content = json.loads(path.read_text())
        config = RunConfig.model_validate(content.get("config", content))
    except (OSError, ValueError, AttributeError) as error:
        raise RecipeError(path, str(error)) from error
    return config.model_copy(update={"start_sha256": None})


class RunFolder:
    """The files of one training."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    @property
    def config_path(self) -> Path:
        """Parameters and versions."""
        return self.folder / "config.json"

    @property
    def best_weights(self) -> Path:
        """Weights of the lowest validation loss."""
        return self.folder / "best.weights.h5"

    @property
    def log(self) -> Path:
        """One row an epoch."""
        return self.folder / "log.csv"

    @property
    def backup(self) -> Path:
        """State of an interrupted training."""
        return self.folder / "last"

    @property
    def data_path(self) -> Path:
        """Recordings used."""
        return self.folder / "data.json"

    def weights_sha256(self) -> str:
        """Return the hash of the best weights.

        Raises:
            RunError: There are none.
        """
        if not self.best_weights.exists():
            raise RunError(self.folder, f"has no {self.best_weights.name}; train it first")
        return hashlib.sha256(self.best_weights.read_bytes()).hexdigest()

    def note(self, epoch: int, losses: dict[str, float]) -> None:
        """Add one row to the log."""
        is_new = not self.log.exists()
        with self.log.open("a", newline="") as file:
            writer = csv.writer(file)
            if is_new:
                writer.writerow(["epoch", *losses])
            writer.writerow([epoch, *losses.values()])

    def epochs_done(self) -> int:
        """Return how many epochs the log tells of; one done twice counts once."""
        return 1 + max((int(row["epoch"]) for row in self._rows()), default=-1)

    def lowest_loss(self) -> float:
        """Return the lowest validation loss so far; infinite before the first epoch."""
        return min((float(row["val_loss"]) for row in self._rows()), default=math.inf)

    def _rows(self) -> list[dict[str, str]]:
        if not self.log.exists():
            return []
        with self.log.open(newline="") as file:
            return list(csv.DictReader(file))

    def begin(self, config: RunConfig) -> Self:
        """Make the folder, or enter it again with the same configuration.

        Raises:
            RunError: The folder holds a run with other parameters.
        """
        self.folder.mkdir(parents=True, exist_ok=True)
        if self.config_path.exists():
            if self.config() != config:
                raise RunError(
                    self.folder,
                    "holds a run with other parameters; name another folder, "
                    "or give the parameters that its config.json shows",
                )
            return self
        packages = {name: version(name) for name in ("keras", "tensorflow", "numpy")}
        content = {"config": config.model_dump(mode="json"), "versions": packages}
        self.config_path.write_text(json.dumps(content, indent=2) + "\n")
        return self

    def config(self) -> RunConfig:
        """Return the run's configuration.

        Raises:
            RunError: There is none, or it cannot be read.
        """
        try:
            content = json.loads(self.config_path.read_text())
            return RunConfig.model_validate(content["config"])
        except FileNotFoundError:
            raise RunError(self.folder, "has no config.json; is it a run of `train`?") from None
        except (ValidationError, ValueError, KeyError) as error:
            raise RunError(self.folder, f"config.json cannot be read: {error}") from error
