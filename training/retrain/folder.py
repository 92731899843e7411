"""The files that `retrain` adds to a run folder.

RUN/                     the retrained network, a run like any other
  retrain.json           base, data and settings of the retraining
  report.json            what came of it; written last
  compared/WAY/          runs of the other ways, where they were asked for
"""

import json
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from training.errors import RunError
from training.retrain.config import RetrainConfig
from training.retrain.report import Report, report_to_json


class Plan(BaseModel):
    """What is retrained on what."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    base_sha256: str = Field(title="Base", description="SHA-256 of the weights of the base")
    new: str = Field(title="New", description="Name of the new data's folder")
    old: tuple[str, ...] = Field(title="Old", description="Names of the old data sets")
    config: RetrainConfig = Field(title="Settings", description="Of the retraining")


class RetrainFolder:
    """A run folder of `retrain`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    @property
    def report_path(self) -> Path:
        """What came of it."""
        return self.folder / "report.json"

    def way(self, name: str) -> Path:
        """Return the folder of another way, for comparison."""
        return self.folder / "compared" / name.replace(" ", "-").replace(",", "")

    def begin(self, plan: Plan) -> None:
        """Make the folder, or enter an interrupted one again.

        Raises:
            RunError: It is finished, or holds something else.
        """
        path = self.folder / "retrain.json"
        if self.report_path.exists():
            raise RunError(self.folder, "is finished; name another folder for another run")
        if path.exists():
            if self._plan(path) != plan:
                raise RunError(
                    self.folder, f"holds another retraining, see {path.name}; name another folder"
                )
            return
        if self.folder.exists() and any(self.folder.iterdir()):
            raise RunError(self.folder, "is not empty; a retraining needs a folder of its own")
        self.folder.mkdir(parents=True, exist_ok=True)
        path.write_text(plan.model_dump_json(indent=2) + "\n")

    def finish(self, report: Report) -> None:
        """Keep the report; the folder is finished then."""
        self.report_path.write_text(report_to_json(report) + "\n")

    def _plan(self, path: Path) -> Plan:
        try:
            return Plan.model_validate(json.loads(path.read_text()))
        except (ValueError, ValidationError) as error:
            raise RunError(self.folder, f"{path.name} cannot be read: {error}") from error
