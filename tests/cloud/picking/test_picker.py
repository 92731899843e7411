"""The default picker, in a real process with the network that comes with the centre."""

import os
import signal
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace

import pytest

from cloud.errors import PickerError
from cloud.picking import Picker, PickingConfig, open_picker
from cloud.picking.config import BundleNetworkConfig
from cloud.picking.inline import open_inline_picker
from cloud.picking.pool import PickerPool
from cloud.picking.process import WorkerProcess
from edge.bundle.shipped import shipped_bundle
from edge.messages import Phase
from tests.cloud.picking.records import P_S, noise, quake, times_s

CONFIG = PickingConfig(providers=("cpu",))


@pytest.fixture(scope="module")
def picker() -> Iterator[Picker]:
    """Run one worker for all tests here."""
    with open_picker(CONFIG) as opened:
        yield opened


def test_says_its_name_and_version(picker: Picker) -> None:
    """As the arrivals of an event will."""
    assert "eqd_picker_wide-1" == picker.name


def test_picks_p_of_an_earthquake_and_nothing_of_noise(picker: Picker) -> None:
    """Each record has its own answer, in the order of asking."""
    silent, heard = picker.pick([noise(1), quake(1)])

    assert () == silent
    assert P_S == pytest.approx(min(times_s(heard, Phase.P)), abs=0.2)
    assert all(0 < pick.probability <= 1 and 0 < pick.uncertainty_s < 0.5 for pick in heard)


def test_process_answers_as_the_network_does_here(picker: Picker) -> None:
    """Whatever is batched with what: the answer is the same."""
    records = [quake(number) for number in range(3)]

    assert open_inline_picker(CONFIG).pick(records) == picker.pick(records)
    assert picker.pick(records[1:2]) == picker.pick(records)[1:2]


def test_nothing_asked_nothing_answered(picker: Picker) -> None:
    """An empty request is none."""
    assert [] == picker.pick([])


def test_worker_killed_at_work_costs_nothing_but_time() -> None:
    """It is started anew and the batch given again; the log tells."""
    pool = PickerPool(CONFIG)
    expected = pool.pick([quake(1)])
    (pid,) = pool.pids
    os.kill(pid, signal.SIGKILL)

    assert expected == pool.pick([quake(1)])
    assert [pid] != pool.pids
    pool.close()


def test_signals_to_the_whole_group_leave_the_worker_at_work(picker: Picker) -> None:
    """Ctrl-C and a service manager mean the centre, which ends its workers itself."""
    assert isinstance(picker, PickerPool)
    (pid,) = picker.pids
    for number in (signal.SIGINT, signal.SIGTERM):
        os.kill(pid, number)

    assert picker.pick([noise(1)])
    assert [pid] == picker.pids


def test_worker_ends_with_its_centre() -> None:
    """The end of the pipe is the end of the process, whatever ended the centre."""
    worker = WorkerProcess(CONFIG)

    worker._connection.close()

    assert 0 == worker._process.wait(60)
    worker.end()


def test_record_that_no_network_bears_is_given_back() -> None:
    """An error that nobody foresaw ends two processes, and is told with the station."""
    broken = replace(quake(1), acceleration_m_s2=quake(1).acceleration_m_s2[:, :2])
    with closing(PickerPool(CONFIG)) as pool:
        with pytest.raises(PickerError, match=r"XX\.S001 ended two workers: exit status 1"):
            pool.pick([broken])

        assert pool.pick([quake(1)])[0]


def test_bundle_that_is_no_picker_is_refused_at_the_start() -> None:
    """With the command that makes one."""
    config = PickingConfig(network=BundleNetworkConfig(bundle=shipped_bundle("eqd_picker_wide")))

    with pytest.raises(PickerError, match="--for-centre"), open_picker(config):
        pass
