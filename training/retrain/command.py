"""What the command `retrain` does: the base decides which kind of retraining it is."""

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import NamedTuple

from training.errors import RunError
from training.retrain.config import FRAMES, STREAM, RetrainConfig
from training.retrain.folder import RetrainFolder
from training.retrain.frames import FramesJob, retrain_frames
from training.retrain.report import Report
from training.retrain.stream import Job, retrain_stream
from training.run import RunFolder
from training.zoo import network
from training.zoo_run import ZooRunFolder

_STREAM = "tremor_stream"
_FRAMES_TASK = "volcano-sequence"


class Places(NamedTuple):
    """Folders of a retraining."""

    base: Path
    new: Path
    old: tuple[Path, ...]
    out: Path


def retrain(
    places: Places, given: Mapping[str, float | str | None], progress: Callable[[str], None]
) -> Report:
    """Retrain a run on what several stations of a new network saw together.

    Args:
        places: Folders.
        given: Settings by their names in `RetrainConfig` and `CoincidenceConfig`; None takes the
            default of the network's kind.
        progress: Told of each step.

    Raises:
        RunError: The base is no run that can be retrained, or `out` holds something else.
        DataError: Recordings are missing, or no event was seen by enough stations.
    """
    name = _network_of(places.base)
    out = RetrainFolder(places.out)
    if name == _STREAM:
        config = settings(STREAM, given)
        job = Job(RunFolder(places.base), places.new, places.old, out, config)
        return retrain_stream(job, progress)
    task = network(name).sound.task
    if task != _FRAMES_TASK:
        raise RunError(
            places.base,
            f"is of {name}, made for {task}; {_STREAM} and the volcano networks hear a stream "
            "in which coincidence can be seen",
        )
    config = settings(FRAMES, given)
    frames = FramesJob(ZooRunFolder(places.base), places.new, places.old, out, config)
    return retrain_frames(frames, progress)


def settings(base: RetrainConfig, given: Mapping[str, float | str | None]) -> RetrainConfig:
    """Return a configuration with what was given in place of the defaults."""
    changes = {name: value for name, value in given.items() if value is not None}
    rules = base.coincidence.model_dump()
    rules |= {name: changes.pop(name) for name in list(changes) if name in rules}
    return RetrainConfig.model_validate(base.model_dump() | changes | {"coincidence": rules})


def _network_of(base: Path) -> str:
    """Return the network of a run of either kind of folder."""
    path = base / "config.json"
    try:
        return str(json.loads(path.read_text())["config"]["network"])
    except FileNotFoundError:
        raise RunError(base, "has no config.json; is it a run of `train`?") from None
    except (ValueError, KeyError, TypeError) as error:
        raise RunError(base, f"config.json cannot be read: {error!r}") from error
