"""The pool: batches when much is asked, no wait when little is; a worker's end costs time only."""

import os
import signal
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace

import pytest
import structlog

from cloud.errors import PickerError
from cloud.picking import PhasePick, PickingConfig
from cloud.picking.pool import PickerPool
from cloud.picking.process import WorkerEndedError, WorkerProcess
from cloud.seismogram import Seismogram
from edge.messages import Phase
from tests.cloud.picking.records import START_NS, noise, quake, wait_until

CONFIG = PickingConfig(providers=("cpu",), max_batch=8, deadline_s=600)


class Worker:
    """Stands for a worker process: answers with the record's number when it is let.

    Attributes:
        given: Stations of each batch.
        gate: Closed, answers wait.
        deadly: A station that ends it.
    """

    started = 0
    deadly = ""

    def __init__(self) -> None:
        type(self).started += 1
        self.name, self.provider, self.pid = "double-1", "cpu", self.started
        self.given: list[list[str]] = []
        self.gate = threading.Event()
        self.gate.set()

    def pick(
        self, seismograms: Sequence[Seismogram], timeout_s: float
    ) -> list[tuple[PhasePick, ...]]:
        """Answer with one pick a record: its time is the station's number."""
        stations = [one.station for one in seismograms]
        self.given.append(stations)
        if not self.gate.wait(timeout_s):
            raise WorkerEndedError(f"no answer for {timeout_s:.1f} s")
        if self.deadly in stations:
            raise WorkerEndedError("killed by signal 11")
        return [(PhasePick(Phase.P, int(code[-3:]), 0.5, 0.1),) for code in stations]

    def end(self) -> None:
        """End; there is nothing to end."""


class Workers:
    """Starts doubles and keeps them."""

    def __init__(self, deadly: str = "") -> None:
        self.all: list[Worker] = []
        self._deadly = deadly

    def __call__(self, _config: PickingConfig) -> Worker:
        """Start one."""
        worker = Worker()
        worker.deadly = self._deadly
        self.all.append(worker)
        return worker


@pytest.fixture
def opened() -> Iterator[Callable[..., tuple[PickerPool, Workers]]]:
    """Return a function that opens a pool of doubles; closes it at the end."""
    pools = []

    def open_(config: PickingConfig = CONFIG, deadly: str = "") -> tuple[PickerPool, Workers]:
        workers = Workers(deadly)
        pool = PickerPool(config, workers)  # type: ignore[arg-type]
        pools.append(pool)
        return pool, workers

    yield open_
    for pool in pools:
        for worker in pool._workers:
            if worker is not None:
                worker.gate.set()  # type: ignore[attr-defined]
        pool.close()


def _numbers(picks: Sequence[tuple[PhasePick, ...]]) -> list[int]:
    return [pick.time_ns for (pick,) in picks]


Open = Callable[..., tuple[PickerPool, Workers]]


def test_request_that_comes_alone_goes_alone(opened: Open) -> None:
    """Nothing waits for company."""
    pool, workers = opened()

    assert [3] == _numbers(pool.pick([noise(3)]))
    assert [1, 2] == _numbers(pool.pick([noise(1), noise(2)]))
    assert [["XX.N003"], ["XX.N001", "XX.N002"]] == workers.all[0].given


def test_burst_makes_batches(opened: Open) -> None:
    """What comes while a worker is busy goes together, up to the largest batch."""
    pool, workers = opened()
    worker = workers.all[0]
    worker.gate.clear()
    with ThreadPoolExecutor(20) as threads:
        first = threads.submit(pool.pick, [noise(0)])
        wait_until(lambda: len(worker.given) == 1)
        others = [threads.submit(pool.pick, [noise(number)]) for number in range(1, 20)]
        wait_until(lambda: pool._queued == 19)
        worker.gate.set()

        assert [0] == _numbers(first.result())
        assert list(range(1, 20)) == [_numbers(other.result())[0] for other in others]
    assert [1, 8, 8, 3] == [len(batch) for batch in worker.given]


def test_long_records_count_for_more(opened: Open) -> None:
    """A batch is so many windows, not so many records."""
    pool, workers = opened()

    pool.pick([noise(number, seconds=150, rate_hz=10) for number in range(4)])

    assert [2, 2] == [len(batch) for batch in workers.all[0].given]


def test_several_workers_share_a_burst(opened: Open) -> None:
    """None is idle while something waits."""
    pool, workers = opened(CONFIG.model_copy(update={"workers": 2}))
    for worker in workers.all:
        worker.gate.clear()
    with ThreadPoolExecutor(1) as threads:
        asked = threads.submit(pool.pick, [noise(number) for number in range(16)])
        wait_until(lambda: all(worker.given for worker in workers.all))
        for worker in workers.all:
            worker.gate.set()
        assert list(range(16)) == _numbers(asked.result())


def test_more_than_may_wait_is_refused(opened: Open) -> None:
    """At once, with how much waits and what to do; what waits is not touched."""
    pool, workers = opened(CONFIG.model_copy(update={"queue_windows": 3}))
    workers.all[0].gate.clear()
    with ThreadPoolExecutor(2) as threads:
        first = threads.submit(pool.pick, [noise(0)])
        wait_until(lambda: bool(workers.all[0].given))
        second = threads.submit(pool.pick, [noise(1), noise(2)])
        wait_until(lambda: pool._queued == 2)
        with pytest.raises(PickerError, match="2 windows wait and 2 more came; 3 may wait"):
            pool.pick([noise(3), noise(4)])
        workers.all[0].gate.set()

        assert [[0], [1, 2]] == [_numbers(one.result()) for one in (first, second)]


def test_request_is_given_up_at_its_deadline(opened: Open) -> None:
    """Who asks is told; nobody works on it any more, and others are served."""
    pool, workers = opened(CONFIG.model_copy(update={"deadline_s": 0.2}))
    workers.all[0].gate.clear()

    with pytest.raises(PickerError, match=r"within 0.2 s \(picking.deadline_s\)"):
        pool.pick([noise(1)])
    wait_until(lambda: len(workers.all) == 2)

    pool._config = CONFIG
    assert [2] == _numbers(pool.pick([noise(2)]))


def test_record_that_ends_workers_takes_no_other_with_it(opened: Open) -> None:
    """All are given again once, each alone; the deadly one is given up, and it is told."""
    pool, workers = opened(deadly="XX.N002")
    with ThreadPoolExecutor(4) as threads, structlog.testing.capture_logs() as log:
        workers.all[0].gate.clear()
        block = threads.submit(pool.pick, [noise(9)])
        wait_until(lambda: bool(workers.all[0].given))
        asked = [threads.submit(pool.pick, [noise(number)]) for number in (1, 2, 3)]
        wait_until(lambda: pool._queued == 3)
        workers.all[0].gate.set()

        assert [9] == _numbers(block.result())
        assert [1] == _numbers(asked[0].result())
        with pytest.raises(PickerError, match=r"XX\.N002 ended two workers: killed by signal 11"):
            asked[1].result()
        assert [3] == _numbers(asked[2].result())
    ended = [line for line in log if line["event"] == "picker_worker_ended"]
    assert [3, 1] == [line["records"] for line in ended]
    assert 3 == len(workers.all)


def test_worker_that_does_not_start_again_is_told_and_tried_anew(opened: Open) -> None:
    """One request fails with the reason; the next one finds a worker."""
    pool, workers = opened()
    pool._workers[0] = None
    fails = iter([True, False])

    def start(config: PickingConfig) -> Worker:
        if next(fails):
            raise PickerError("worker", "the disk is gone")
        return workers(config)

    pool._start = start  # type: ignore[assignment]

    with pytest.raises(PickerError, match="the disk is gone"):
        pool.pick([noise(1)])
    assert [1] == _numbers(pool.pick([noise(1)]))


def test_closing_leaves_nobody_waiting(opened: Open) -> None:
    """Who waits gets an error, and so does who comes later."""
    pool, workers = opened()
    workers.all[0].gate.clear()
    with ThreadPoolExecutor(2) as threads:
        busy = threads.submit(pool.pick, [noise(1)])
        wait_until(lambda: bool(workers.all[0].given))
        waits = threads.submit(pool.pick, [noise(2)])
        wait_until(lambda: pool._queued == 1)
        closing_ = threading.Thread(target=pool.close)
        closing_.start()
        with pytest.raises(PickerError, match="stopping"):
            waits.result()
        workers.all[0].gate.set()
        assert [1] == _numbers(busy.result())
        closing_.join()
    with pytest.raises(PickerError, match="closed"):
        pool.pick([noise(3)])


def test_real_worker_that_hangs_is_ended_and_replaced() -> None:
    """A process that is stopped gives no answer; after the deadline another takes its place."""
    config = CONFIG.model_copy(update={"deadline_s": 1.0})
    with closing(PickerPool(config, WorkerProcess)) as pool:
        (pid,) = pool.pids
        os.kill(pid, signal.SIGSTOP)
        # More than a pipe holds: the centre hangs in writing, not in reading.
        record = replace(quake(1, seconds=600), start_ns=START_NS)
        with pytest.raises(PickerError, match="within 1 s"):
            pool.pick([record])
        wait_until(lambda: pid not in pool.pids)
