"""The demonstration as a person starts it: one located event, and nothing left behind."""

import asyncio
import json
import signal
import socket
import sys
from pathlib import Path

import httpx2
import pytest

from cloud.demo import DemoOptions, run_demo
from cloud.demo.agents import Agents
from cloud.demo.network import demo_stations
from cloud.errors import NoEventError
from edge.config import ReplaySection
from edge.geodesy import great_circle_km
from edge.messages import Event
from edge.mqtt import MqttConfig
from edge.timestamps import ns_to_seconds

COMMAND = Path(sys.executable).with_name("cloud-aggregator")


async def demo(*options: str) -> tuple[int | None, str, str]:
    """Run `cloud-aggregator demo`; return exit code, output and what it said."""
    process = await asyncio.create_subprocess_exec(
        COMMAND,
        *("demo", "--port", "0", *options),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    output, said = await process.communicate()
    return process.returncode, output.decode(), said.decode()


def agents_of(folder: Path) -> list[int]:
    """Return the processes whose command line names a folder."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdecimal():
            try:
                words = (entry / "cmdline").read_bytes()
            except OSError:
                continue
            if str(folder).encode() in words and b"edge-agent" in words:
                found.append(int(entry.name))
    return found


async def test_the_made_up_earthquake_is_located(tmp_path: Path) -> None:
    """Broker, nine agents as processes, centre: one event where it happened."""
    code, output, said = await demo(
        "--speed", "2", "--exit-after-event", "--json", "--folder", str(tmp_path)
    )

    assert 0 == code, said
    event = Event.from_wire(output)
    settings = ReplaySection(speed=2.0, data_start=0)
    source = demo_stations(MqttConfig(), settings, 0, tmp_path)[0].source
    (quake,) = source.earthquakes
    distance_km = great_circle_km(
        (event.latitude, event.longitude), (quake.latitude, quake.longitude)
    )
    assert distance_km < 15
    assert event.magnitude is not None
    assert abs(event.magnitude - quake.magnitude) < 1.0
    assert len(event.stations) >= 4
    assert "9 of 9 stations online" in said
    assert "page at http://127.0.0.1:" in said
    assert [] == agents_of(tmp_path)


async def test_recordings_become_one_event_through_a_real_broker(shared_data: Path) -> None:
    """The earthquake of 30 January 2020, ten times as fast as it was."""
    code, output, said = await demo(
        *("--data", str(shared_data / "openeew_mx" / "2020_1_30"), "--speed", "10"),
        *("--exit-after-event", "--json"),
    )

    assert 0 == code, said
    event = Event.from_wire(output)
    assert len(event.stations) >= 4
    ids = {line.split()[0] for line in said.splitlines() if "retracted" in line}
    assert set() == ids


async def test_ctrl_c_ends_everything(tmp_path: Path, unused_tcp_port: int) -> None:
    """No agent survives, the page is gone, and the temporary folder too."""
    process = await asyncio.create_subprocess_exec(
        COMMAND,
        *("demo", "--port", str(unused_tcp_port), "--folder", str(tmp_path)),
        stderr=asyncio.subprocess.PIPE,
    )
    page = f"http://127.0.0.1:{unused_tcp_port}/api/v1/stations"
    count = 0
    try:
        async with httpx2.AsyncClient() as client, asyncio.timeout(90):
            while count < 9:
                try:
                    count = len((await client.get(page)).json())
                except httpx2.TransportError:
                    await asyncio.sleep(0.2)
    finally:
        process.send_signal(signal.SIGINT)
        _, said = await asyncio.wait_for(process.communicate(), 60)

    assert 0 == process.returncode, said.decode()
    assert [] == agents_of(tmp_path)
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", unused_tcp_port))


async def test_no_event_in_time_is_a_failure_with_its_reason(tmp_path: Path) -> None:
    """Exit code 1, and the reason on standard error."""
    code, output, said = await demo(
        "--exit-after-event", "--timeout", "2", "--folder", str(tmp_path)
    )

    assert (1, "") == (code, output)
    assert "no event: none was declared within 2 s" in said
    assert [] == agents_of(tmp_path)


async def test_an_agent_that_cannot_start_is_named_with_its_last_words(tmp_path: Path) -> None:
    """Its log is looked at, so that the person need not."""
    settings = ReplaySection(data_start=0)
    (first, *_) = demo_stations(MqttConfig(), settings, 0, tmp_path)
    source = first.source.model_copy(update={"sensor": "no such sensor"})
    agents = Agents([first.model_copy(update={"source": source})])
    await agents.start()
    await agents.wait()

    (text,) = agents.failures()
    await agents.stop()

    assert text.startswith("D01 ended with exit code")
    assert "no such sensor" in text


def test_a_folder_that_is_no_recording_is_said(tmp_path: Path) -> None:
    """Before any process is started."""
    with pytest.raises(Exception, match="laid out in no known way"):
        run_demo(DemoOptions(data=tmp_path, port=0, exit_after_event=True))


def test_the_text_of_a_missing_event_has_its_details() -> None:
    """What was seen meanwhile belongs to the reason."""
    error = NoEventError("too late", ["  x: possible, 2 stations"])

    assert "no event: too late\n  x: possible, 2 stations" == str(error)
    assert json.dumps(error.details)


def test_the_network_is_the_same_every_time(tmp_path: Path) -> None:
    """Places, seeds and the earthquake's place do not depend on the moment."""
    settings = ReplaySection(data_start=0)
    one = demo_stations(MqttConfig(), settings, 0, tmp_path)
    other = demo_stations(MqttConfig(), settings, 10**18, tmp_path)

    assert [c.station for c in one] == [c.station for c in other]
    assert [c.source.seed for c in one] == [c.source.seed for c in other]
    assert 25.0 == ns_to_seconds(one[0].source.earthquakes[0].origin_time)
