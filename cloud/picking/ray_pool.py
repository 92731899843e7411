"""The picker as actors of Ray: on this machine, or over a cluster with GPUs.

Every machine of the cluster has the kit installed. The actors run what a worker of the local pool
runs, so the picks are the same.
"""

import itertools
import os
import threading
from collections.abc import Sequence
from typing import Any, Final

from cloud.errors import PickerError
from cloud.picking.base import PhasePick
from cloud.picking.batches import batches
from cloud.picking.config import PickingConfig
from cloud.seismogram import Seismogram
from edge.errors import MissingExtraError, TremorError

Picks = tuple[PhasePick, ...]
_START_S: Final = 300.0
_TELEMETRY: Final = "RAY_USAGE_STATS_ENABLED"


class PickerActor:
    """What runs in the cluster; each method is called from afar."""

    def __init__(self, config: PickingConfig) -> None:
        """Open the network; why it cannot be opened is told by `name`."""
        from cloud.picking.inline import open_inline_picker  # noqa: PLC0415 - needed here alone

        self._refused = ""
        try:
            self._picker = open_inline_picker(config)
        except TremorError as error:
            self._refused = str(error)

    def name(self) -> tuple[str, str]:
        """Return the picker's name, or why there is none."""
        return ("", self._refused) if self._refused else (self._picker.name, "")

    def pid(self) -> int:
        """Return the number of the actor's process."""
        return os.getpid()

    def pick(self, seismograms: Sequence[Seismogram]) -> list[Picks]:
        """Return the picks of each seismogram."""
        return self._picker.pick(seismograms)


class RayPool:
    """Some actors, asked in turn; may be asked from any thread.

    An actor that ends is started anew by Ray, and what it had is given again once, then each record
    by itself: one that goes on ending actors is given back with an error, and no other with it.

    Attributes:
        name: Of the picker.
    """

    def __init__(self, config: PickingConfig) -> None:
        """Connect to Ray, or start one, and start the actors.

        Args:
            config: Of the picker.

        Raises:
            MissingExtraError: Ray is not installed.
            PickerError: Ray or the actors do not start.
        """
        self._config = config
        self._actors: list[Any] = []
        self._ray = _ray()
        self._owner = not self._ray.is_initialized()
        try:
            if self._owner:
                self._connect()
            self._actors = self._started()
        except (ConnectionError, RuntimeError, OSError, ValueError) as error:
            self.close()
            where = config.ray.address or "this machine"
            raise PickerError("ray", f"does not start at {where}: {error}") from error
        except PickerError:
            self.close()
            raise
        self._turn = itertools.cycle(self._actors)
        self._lock = threading.Lock()

    def pick(self, seismograms: Sequence[Seismogram]) -> list[Picks]:
        """Return the picks of each seismogram, in order of time.

        Raises:
            PickerError: The deadline passed, or a record ended two actors.
        """
        in_batches = batches(seismograms, self._config.max_batch)
        sent = [(batch, self._send(batch)) for batch in in_batches]
        return [picks for batch, reference in sent for picks in self._answer(batch, reference)]

    def close(self) -> None:
        """End the actors, and Ray if it was started here."""
        for actor in self._actors:
            self._ray.kill(actor)
        self._actors = []
        if self._owner:
            self._ray.shutdown()

    def _connect(self) -> None:
        wanted = self._config.ray
        here = {} if wanted.address else {"num_cpus": wanted.actors, "include_dashboard": False}
        # Without an address Ray would join whatever cluster somebody started on this machine.
        address = wanted.address or "local"
        self._ray.init(address=address, log_to_driver=False, logging_level="ERROR", **here)

    def _started(self) -> list[Any]:
        kind = self._ray.remote(
            num_cpus=1,
            num_gpus=self._config.ray.gpus_per_actor,
            max_restarts=-1,
            max_task_retries=1,
        )(PickerActor)
        actors = [kind.remote(self._config) for _ in range(self._config.ray.actors)]
        try:
            told = self._ray.get([actor.name.remote() for actor in actors], timeout=_START_S)
        except self._ray.exceptions.RayError as error:
            raise PickerError("ray", f"its actors do not start: {error}") from error
        for name, refused in told:
            if refused:
                raise PickerError("ray", refused)
            self.name: str = name
        return actors

    def _send(self, batch: Sequence[Seismogram]) -> Any:  # noqa: ANN401 - a reference of Ray
        with self._lock:
            actor = next(self._turn)
        return actor.pick.remote(list(batch))

    def _answer(self, batch: Sequence[Seismogram], reference: Any) -> list[Picks]:  # noqa: ANN401 - as above
        """Return an answer; of a batch that ended actors, record by record."""
        try:
            return self._get(reference)
        except self._ray.exceptions.RayActorError as error:
            if len(batch) == 1:
                words = f"{batch[0].station} ended its actors: {error}"
                raise PickerError(self.name, words) from error
        return [picks for one in batch for picks in self._answer([one], self._send([one]))]

    def _get(self, reference: Any) -> list[Picks]:  # noqa: ANN401 - as above
        """Return an answer.

        Raises:
            PickerError: There was none in time.
        """
        deadline_s = self._config.deadline_s
        try:
            found: list[Picks] = self._ray.get(reference, timeout=deadline_s)
        except self._ray.exceptions.GetTimeoutError as error:
            words = f"no answer within {deadline_s:g} s (picking.deadline_s)"
            raise PickerError(self.name, words) from error
        return found


def _ray() -> Any:  # noqa: ANN401 - the package is an extra
    # Ray counts its users over the network unless it is told not to.
    os.environ.setdefault(_TELEMETRY, "0")
    try:
        import ray  # noqa: PLC0415 - an extra
        import ray.exceptions  # noqa: PLC0415
    except ImportError as missing:
        raise MissingExtraError("scale", "ray") from missing
    return ray
