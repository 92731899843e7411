"""A station that is watched: what viewers get, and what they cost."""

import asyncio
import json
import os
import socket
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from edge.config import StationConfig, StationSection
from edge.errors import WatchError
from edge.messages import Health
from edge.sources import SyntheticConfig
from edge.station import Station, open_station
from edge.watch.address import NAME, socket_address
from edge.watch.client import Watcher
from edge.watch.serve import WatchServer, Wires

START_NS = 1_767_225_600_000_000_000
PATIENCE_S = 150.0


def station_in(folder: Path) -> Station:
    """Return a station of STA/LTA alone."""
    section = StationSection(network="XX", station="A", latitude=17.0, longitude=-99.5)
    source = SyntheticConfig(latitude=17.0, longitude=-99.5, start=START_NS)
    config = StationConfig(station=section, source=source, state_dir=folder)
    model = config.detection.model.model_copy(update={"enabled": False})
    detection = config.detection.model_copy(update={"model": model})
    return open_station(config.model_copy(update={"detection": detection}))


class Watched:
    """A station with its server."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.station = station_in(folder)
        self.server = WatchServer(
            self.station, Wires(self.health, lambda: "no such device", lambda: True)
        )
        self._packets = iter(self.station.source.packets())

    def health(self) -> Health:
        """Return the report of the moment."""
        return self.station.health(START_NS, 0)

    def work(self, packets: int) -> None:
        """Let packets go through detection."""
        for _ in range(packets):
            self.station.pipeline.push(next(self._packets))

    @property
    def attached(self) -> int:
        """Things that the pipeline does for viewers."""
        pipeline = self.station.pipeline
        return (self.server._tap in pipeline.taps) + (self.server._listen in pipeline.listeners)


@asynccontextmanager
async def served(folder: Path) -> AsyncIterator[Watched]:
    """Serve a station."""
    watched = Watched(folder)
    task = asyncio.create_task(watched.server.run())
    await asyncio.wait_for(watched.server.serving.wait(), PATIENCE_S)
    try:
        yield watched
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def until(condition: Any) -> None:  # noqa: ANN401 - a function of nothing
    """Wait until something holds."""
    async with asyncio.timeout(PATIENCE_S):
        while not condition():  # noqa: ASYNC110 - conditions of other people's parts
            await asyncio.sleep(0.01)


async def frames_of(watcher: Watcher, kind: str, count: int = 1) -> list[dict[str, Any]]:
    """Read until there are so many frames of a kind; return them."""
    found: list[dict[str, Any]] = []
    async with asyncio.timeout(PATIENCE_S):
        while len(found) < count:
            new = await asyncio.to_thread(lambda: list(watcher.frames(0.1)))
            found += [frame for frame in new if frame["kind"] == kind]
    return found


async def test_a_viewer_hears_who_what_and_how(tmp_path: Path) -> None:
    """The station's codes at once; samples, what the detectors said, and health as they come."""
    async with served(tmp_path) as watched:
        watcher = await asyncio.to_thread(Watcher, tmp_path)
        (hello,) = await frames_of(watcher, "hello")
        (status,) = await frames_of(watcher, "status")
        watched.work(80)
        samples = await frames_of(watcher, "samples", 3)
        watched.work(8)
        hops = await frames_of(watcher, "hop")
        watcher.close()

    assert ("XX.A.00", ["HNZ", "HNN", "HNE"]) == (hello["station"], hello["channels"])
    assert (True, "no such device") == (status["connected"], status["trouble"])
    assert 0 == status["frames_dropped"]
    assert 3 == len(samples[0]["m_s2"])
    assert {"sta_lta"} == set(hops[0]["detectors"])
    assert 6.0 == hops[0]["detectors"]["sta_lta"]["threshold"]


async def test_nothing_is_done_while_nobody_watches(tmp_path: Path) -> None:
    """The pipeline works for viewers from the first to the last, whatever way they leave."""
    async with served(tmp_path) as watched:
        before = watched.attached
        watchers = [await asyncio.to_thread(Watcher, tmp_path) for _ in range(2)]
        await until(lambda: watched.attached == 2)
        watchers[0].close()
        watched.work(4)
        await until(lambda: len(watched.server._viewers) == 1)
        between = watched.attached
        watchers[1].close()
        await until(lambda: watched.attached == 0)

    assert (0, 2) == (before, between)


async def test_a_viewer_that_does_not_read_costs_frames_not_time(tmp_path: Path) -> None:
    """Detection goes on at its pace; the queue is bounded, and what was lost is said."""
    async with served(tmp_path) as watched:
        lazy = await asyncio.to_thread(Watcher, tmp_path)
        await until(lambda: watched.attached == 2)
        (viewer,) = watched.server._viewers
        for _ in range(600):
            watched.work(4)
            await asyncio.sleep(0)
        waiting, dropped = len(viewer._waiting), viewer.dropped
        told = 0
        async with asyncio.timeout(PATIENCE_S):
            while told == 0:
                told = (await frames_of(lazy, "status"))[-1]["frames_dropped"]
        lazy.close()

    assert 120 >= waiting
    assert dropped > 0
    assert told > 0


async def test_viewers_beyond_the_fourth_are_turned_away(tmp_path: Path) -> None:
    """Their connection ends; those before stay."""
    async with served(tmp_path):
        watchers = [await asyncio.to_thread(Watcher, tmp_path) for _ in range(5)]
        with pytest.raises(EOFError):
            await frames_of(watchers[4], "hello")
        await frames_of(watchers[3], "hello")
        for watcher in watchers:
            watcher.close()


async def test_only_the_agents_user_may_watch(tmp_path: Path) -> None:
    """The socket's mode says so."""
    async with served(tmp_path):
        mode = (tmp_path / NAME).stat().st_mode & 0o777

    assert 0o600 == mode


async def test_the_socket_of_a_dead_agent_is_replaced(tmp_path: Path) -> None:
    """Kill -9 leaves one behind, to which nobody answers."""
    with socket.socket(socket.AF_UNIX) as dead:
        dead.bind(str(tmp_path / NAME))
    with pytest.raises(WatchError, match="no agent runs there"):
        Watcher(tmp_path)

    async with served(tmp_path):
        watcher = await asyncio.to_thread(Watcher, tmp_path)
        await frames_of(watcher, "hello")
        watcher.close()


async def test_a_state_directory_with_a_long_name_can_be_watched(tmp_path: Path) -> None:
    """Longer than the path of a socket may be."""
    folder = tmp_path / ("a" * 100) / ("b" * 100)
    folder.mkdir(parents=True)

    async with served(folder):
        watcher = await asyncio.to_thread(Watcher, folder)
        await frames_of(watcher, "hello")
        watcher.close()
    with socket_address(folder) as address:
        assert len(os.fsencode(address)) < 108


async def test_a_socket_that_cannot_be_made_ends_no_station(tmp_path: Path) -> None:
    """The view is missing, that is all."""
    watched = Watched(tmp_path / "absent")
    task = asyncio.create_task(watched.server.run())

    await asyncio.sleep(0)
    watched.work(4)

    assert not task.done()
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


async def test_whatever_a_viewer_says_is_passed_over(tmp_path: Path) -> None:
    """It is a one-way street."""
    async with served(tmp_path) as watched:
        with socket.socket(socket.AF_UNIX) as rude:
            rude.connect(str(tmp_path / NAME))
            await asyncio.to_thread(rude.sendall, b"\xff" * 1_000_000)
            await until(lambda: watched.attached == 2)
            first = await asyncio.to_thread(rude.recv, 65_536)

    assert "hello" == json.loads(first.split(b"\n")[0])["kind"]


def test_a_block_costs_little_to_tell(tmp_path: Path) -> None:
    """Against what detection costs: telling is less, so that watching never doubles it."""
    from edge.watch import frames  # noqa: PLC0415 - beside its use

    watched = Watched(tmp_path)
    blocks: list[Any] = []
    watched.station.pipeline.taps.append(blocks.append)
    begin_s = time.process_time()
    watched.work(400)
    detection_s = time.process_time() - begin_s
    begin_s = time.process_time()
    for block in blocks:
        frames.samples(block)
    telling_s = time.process_time() - begin_s

    assert telling_s < detection_s
