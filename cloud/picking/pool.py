"""The picker as a pool of processes behind a bounded queue.

Who asks waits; what comes meanwhile is taken together. A worker that is free takes what is there
at once, so that a request that comes alone waits for nobody, and a burst makes batches by itself:
while one is being worked on the next gathers.

A worker that ends (a crash, memory, kill -9) or gives no answer in time is started anew, and what
it had is given again once, each record by itself: one that ends a worker twice is given back with
an error, and no other with it.
"""

import contextlib
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import Final

import structlog

from cloud.errors import PickerError
from cloud.picking.base import PhasePick
from cloud.picking.batches import windows_of
from cloud.picking.config import PickingConfig
from cloud.picking.process import WorkerEndedError, WorkerProcess
from cloud.seismogram import Seismogram

_log = structlog.get_logger(__name__)

Picks = tuple[PhasePick, ...]
_LEAST_S: Final = 1.0
"""What a worker is given at least: at a deadline that is all but over a sound one must not end."""


@dataclass(slots=True, eq=False)
class _Task:
    """One seismogram that somebody waits for."""

    seismogram: Seismogram
    windows: int
    deadline_s: float
    """By the monotonic clock."""
    answer: "Future[Picks]" = field(default_factory=Future)
    ended: str = ""
    """Why a worker ended on it, if one did."""


class PickerPool:
    """Some workers and their queue; may be asked from any thread.

    Attributes:
        name: Of the picker.
    """

    def __init__(
        self,
        config: PickingConfig,
        start: Callable[[PickingConfig], WorkerProcess] = WorkerProcess,
    ) -> None:
        """Start the workers.

        Args:
            config: Of the picker.
            start: How a worker is started.

        Raises:
            PickerError: They do not start.
        """
        self._config = config
        self._start = start
        self._waiting: deque[_Task] = deque()
        self._queued = 0
        """Windows that wait."""
        self._changed = threading.Condition()
        self._closed = False
        self._workers: list[WorkerProcess | None] = []
        try:
            for _ in range(config.workers):
                self._workers.append(start(config))
        except PickerError:
            self._end_workers()
            raise
        first = self._workers[0]
        self.name = first.name if first else ""
        self._threads = [
            threading.Thread(target=self._serve, args=(i,), name=f"picker-{i}", daemon=True)
            for i in range(config.workers)
        ]
        for thread in self._threads:
            thread.start()
        _log.info("picker_ready", picker=self.name, provider=first.provider if first else "")

    @property
    def pids(self) -> list[int]:
        """Return the processes that run now."""
        return [worker.pid for worker in self._workers if worker is not None]

    def pick(self, seismograms: Sequence[Seismogram]) -> list[Picks]:
        """Return the picks of each seismogram, in order of time.

        Raises:
            PickerError: The queue is full, the deadline passed, or a record ended two workers.
        """
        deadline_s = time.monotonic() + self._config.deadline_s
        tasks = [_Task(one, windows_of(one), deadline_s) for one in seismograms]
        self._enqueue(tasks)
        return [self._answer(task) for task in tasks]

    def close(self) -> None:
        """End the workers; whoever waits gets an error."""
        with self._changed:
            self._closed = True
            left, self._queued = list(self._waiting), 0
            self._waiting.clear()
            self._changed.notify_all()
        for task in left:
            task.answer.set_exception(PickerError(self.name, "the centre is stopping"))
        for thread in self._threads:
            thread.join()
        self._end_workers()

    def _enqueue(self, tasks: Sequence[_Task]) -> None:
        windows = sum(task.windows for task in tasks)
        with self._changed:
            if self._closed:
                raise PickerError(self.name, "is closed")
            if self._queued + windows > self._config.queue_windows:
                raise PickerError(
                    self.name,
                    f"{self._queued} windows wait and {windows} more came; "
                    f"{self._config.queue_windows} may wait (picking.queue_windows): ask for fewer "
                    "at once, or give it more workers or a GPU",
                )
            self._waiting.extend(tasks)
            self._queued += windows
            self._changed.notify_all()

    def _answer(self, task: _Task) -> Picks:
        left_s = max(0.0, task.deadline_s - time.monotonic())
        with contextlib.suppress(TimeoutError):
            return task.answer.result(left_s)
        raise PickerError(self.name, _late(self._config.deadline_s))

    def _serve(self, number: int) -> None:
        """Work until the pool is closed."""
        while batch := self._next_batch():
            try:
                self._work(number, batch)
            except PickerError as error:
                for task in batch:
                    task.answer.set_exception(PickerError(self.name, error.reason))
            else:
                self._replace(number)

    def _replace(self, number: int) -> None:
        """Start a worker in the place of one that ended, before somebody waits for it."""
        if self._workers[number] is not None or self._closed:
            return
        try:
            self._workers[number] = self._start(self._config)
        except PickerError as error:
            # The next request tries again, and is told if that fails too.
            _log.warning("picker_worker_missing", picker=self.name, reason=error.reason)

    def _next_batch(self) -> list[_Task]:
        """Wait for tasks and take as many as make a batch; none when the pool is closed."""
        with self._changed:
            while True:
                while not self._waiting and not self._closed:
                    self._changed.wait()
                if self._closed:
                    return []
                if batch := self._take():
                    return batch

    def _take(self) -> list[_Task]:
        """Take tasks up to a batch; those that nobody waits for any more are dropped."""
        batch: list[_Task] = []
        room = self._config.max_batch
        now_s = time.monotonic()
        while self._waiting:
            task = self._waiting[0]
            if batch and (task.windows > room or task.ended):
                break
            self._waiting.popleft()
            self._queued -= task.windows
            if task.deadline_s <= now_s:
                task.answer.set_exception(PickerError(self.name, _late(self._config.deadline_s)))
                continue
            batch.append(task)
            room -= task.windows
            if task.ended:
                break
        return batch

    def _work(self, number: int, batch: list[_Task]) -> None:
        worker = self._workers[number]
        if worker is None:
            worker = self._workers[number] = self._start(self._config)
        left_s = max(task.deadline_s for task in batch) - time.monotonic()
        try:
            answers = worker.pick([task.seismogram for task in batch], max(_LEAST_S, left_s))
        except WorkerEndedError as error:
            self._workers[number] = None
            worker.end()
            self._give_again(batch, worker, error.reason)
            return
        for task, picks in zip(batch, answers, strict=True):
            task.answer.set_result(picks)

    def _give_again(self, batch: Sequence[_Task], worker: WorkerProcess, reason: str) -> None:
        """Put tasks back to the front of the queue, or give those up that had their second try."""
        _log.warning(
            "picker_worker_ended",
            picker=self.name,
            pid=worker.pid,
            reason=reason,
            stations=[task.seismogram.station for task in batch][:10],
            records=len(batch),
        )
        again = [task for task in batch if not task.ended]
        for task in batch:
            if task.ended:
                words = f"{task.seismogram.station} ended two workers: {task.ended}, {reason}"
                task.answer.set_exception(PickerError(self.name, words))
            task.ended = reason
        with self._changed:
            if self._closed:
                for task in again:
                    task.answer.set_exception(PickerError(self.name, "the centre is stopping"))
                return
            self._waiting.extendleft(reversed(again))
            self._queued += sum(task.windows for task in again)
            self._changed.notify_all()

    def _end_workers(self) -> None:
        for worker in self._workers:
            if worker is not None:
                worker.end()
        self._workers = []


def _late(deadline_s: float) -> str:
    return f"no answer within {deadline_s:g} s (picking.deadline_s)"
