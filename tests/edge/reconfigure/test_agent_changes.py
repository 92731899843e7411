"""A change from afar, with the agent as a process and a real broker."""

import asyncio
import signal
import socket
from pathlib import Path

import pytest

from edge.reconfigure.record import Entry, Outcome, Record, Trial
from tests.edge.reconfigure.station import FieldStation, operating

pytestmark = pytest.mark.broker


@pytest.fixture
def station(mosquitto: object, tmp_path: Path) -> FieldStation:
    """Return a station whose changes are proven in a second."""
    made = FieldStation(tmp_path, mosquitto.port)  # type: ignore[attr-defined]
    made.write()
    return made


async def test_a_good_change_is_kept_and_survives_a_restart(station: FieldStation) -> None:
    """First not done, then done with what changed; the next start has it; the file is untouched."""
    before = station.file.read_bytes()
    notify = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK)
    notify.bind(str(station.folder / "notify"))
    station.environment["NOTIFY_SOCKET"] = str(station.folder / "notify")
    async with operating(station) as operator:
        async with station.running() as process:
            interim = await operator.configure("c1", set={"detection.sta_lta.on_ratio": 7.5})
            final = await operator.answer("c1")
            told = _told(notify)
            process.send_signal(signal.SIGTERM)
            code = await asyncio.wait_for(process.wait(), 20)
        async with station.running():
            shown = await operator.configure("c2", show=True)
            again = await operator.configure("c1", set={"detection.sta_lta.on_ratio": 9.0})

    notify.close()
    changed = {"detection.sta_lta.on_ratio": {"from": 6.0, "to": 7.5}}
    assert (False, "proposed", changed) == (
        interim.ok,
        interim.result["state"],
        interim.result["changed"],
    )
    assert (True, "committed", changed) == (
        final.ok,
        final.result["state"],
        final.result["changed"],
    )
    assert 0 == code
    assert ("detection.sta_lta.on_ratio",) == operator.online().changed
    assert 7.5 == shown.result["configuration"]["detection"]["sta_lta"]["on_ratio"]
    assert (True, final.text, final.result) == (again.ok, again.text, again.result)
    assert before == station.file.read_bytes()
    # Systemd would kill a process that says STOPPING and goes on.
    assert ["READY=1", "RELOADING=1", "READY=1"] == told


@pytest.mark.slow
@pytest.mark.parametrize(
    ("change", "more", "reason"),
    [
        (
            {"source": {"type": "rshake", "listen": "127.0.0.1", "silence_s": 1.0}},
            "",
            "not well for 1 s within 5 s: source 'rshake' at UDP",
        ),
        (
            {"source": {"type": "adxl355", "device": "/dev/no-such-spidev"}},
            "",
            "/dev/no-such-spidev",
        ),
        ({"mqtt.port": 1}, "broker = true", "no connection to the broker"),
        (
            {"detection.model": {"enabled": True, "bundle": "no-such-network"}},
            "",
            "the network does not run",
        ),
        ({"source.sensor": "no-such-sensor"}, "", "no-such-sensor"),
    ],
    ids=["silent source", "no sensor", "no broker", "no network", "no profile"],
)
async def test_a_change_with_which_the_station_is_not_well_is_taken_back(
    station: FieldStation, change: dict[str, object], more: str, reason: str
) -> None:
    """By itself, with the reason; the station runs on with what it had, in the same process."""
    station.write(deadline_s=5.0, more=more)
    async with operating(station) as operator, station.running() as process:
        interim = await operator.configure("c1", set=change)
        final = await operator.answer("c1")
        shown = await operator.configure("c2", show=True)
        running = process.returncode is None

    assert (False, False) == (interim.ok, interim.done), interim
    assert (False, "returned") == (final.ok, final.result["state"])
    assert reason in final.text
    assert running
    assert "synthetic" == shown.result["configuration"]["source"]["type"]
    assert ([], None) == (shown.result["changes"], shown.result["on_trial"])
    assert () == operator.online().changed


async def test_kill_9_on_trial_is_tried_once_more_and_then_taken_back(
    station: FieldStation,
) -> None:
    """Nobody knows why it died; a change that kills the agent at each start does so twice."""
    station.write(healthy_s=30.0, deadline_s=120.0)
    async with operating(station) as operator:
        async with station.running() as process:
            await operator.configure("c1", set={"detection.sta_lta.on_ratio": 7.5})
            await station.until(lambda: station.said().count("change_on_trial") == 1)
            process.kill()
            await process.wait()
        async with station.running() as process:
            refused = await operator.configure("c2", unset=["archive.enabled"])
            once_more = await operator.configure("c1", set={"detection.sta_lta.on_ratio": 7.5})
            process.kill()
            await process.wait()
        async with station.running():
            final = await operator.answer("c1")

    assert 2 == station.said().count("change_on_trial")
    assert (False, True, "configure: 'c1' is on trial; ask again when it is answered") == (
        refused.ok,
        refused.done,
        refused.text,
    )
    assert (False, False, "trying") == (once_more.ok, once_more.done, once_more.result["state"])
    assert (False, "returned") == (final.ok, final.result["state"])
    assert "the agent ended at every start" in final.text


@pytest.mark.slow
async def test_stopping_the_agent_on_trial_stops_it(station: FieldStation) -> None:
    """The trial goes on at the next start, and can be won there."""
    station.write(healthy_s=30.0, deadline_s=120.0)
    async with operating(station) as operator:
        async with station.running() as process:
            await operator.configure("c1", set={"detection.sta_lta.on_ratio": 7.5})
            await station.until(lambda: station.said().count("change_on_trial") == 1)
            await station.until(lambda: station.said().count("mqtt_connected") == 2)
            process.send_signal(signal.SIGTERM)
            code = await asyncio.wait_for(process.wait(), 30)
        station.write(healthy_s=1.0)
        async with station.running():
            final = await operator.answer("c1")

    assert 0 == code
    assert (True, "committed") == (final.ok, final.result["state"])


async def test_a_damaged_record_of_changes_does_not_keep_a_station_from_starting(
    station: FieldStation,
) -> None:
    """The file alone holds, and it is said."""
    station.store.path.parent.mkdir(parents=True)
    station.store.path.write_text("{")
    async with operating(station) as operator, station.running():
        answer = await operator.configure("c1", show=True)

    assert "is damaged" in answer.text
    assert "changes_left_out" in station.said()


def _told(notify: socket.socket) -> list[str]:
    """Return what systemd heard of the agent's life, without its status."""
    told = []
    while True:
        try:
            told.append(notify.recv(4096).decode().partition("\n")[0])
        except BlockingIOError:
            return [text for text in told if not text.startswith("STATUS=")]


LEFT_BEHIND = {
    "proposed": ({"state": "proposed", "tries_left": 2}, None, True),
    "trying, one start left": ({"state": "trying", "tries_left": 1}, None, True),
    "trying, no start left": ({"state": "trying", "tries_left": 0}, None, False),
    "committed, not told": (None, True, True),
    "returned, not told": (None, False, False),
}
"""What a kill -9 or a power cut leaves on disk in each state, and whether the change holds then."""


@pytest.mark.slow
@pytest.mark.parametrize("state", LEFT_BEHIND)
async def test_kill_9_in_every_state_ends_in_one_of_two(station: FieldStation, state: str) -> None:
    """The real agent goes on from what is on disk: an answer, nothing on trial."""
    trial_fields, outcome_ok, holds = LEFT_BEHIND[state]
    by = {"command": "c1", "time": 1_700_000_000_000_000_000}
    entry = Entry(key="detection.sta_lta.on_ratio", value=7.5, file_unset=True, **by)
    record = Record(entries=(entry,) if outcome_ok else ())
    if trial_fields is not None:
        fixed = {"entries": (entry,), "changed": {entry.key: {}}, "network_runs": False}
        record = record.on_trial(Trial(command="c1", since=by["time"], **fixed, **trial_fields))
    if outcome_ok is not None:
        outcome = Outcome(ok=outcome_ok, text="as it was", result={}, **by)
        record = record.and_outcome(outcome)
    station.store.change(lambda _: record)

    async with operating(station) as operator, station.running():
        final = await operator.answer("c1")
        shown = await operator.configure("c2", show=True)

    assert holds == final.ok
    assert (7.5 if holds else 6.0) == shown.result["configuration"]["detection"]["sta_lta"][
        "on_ratio"
    ]
    assert shown.result["on_trial"] is None
    assert [True] == [one.told for one in station.record().outcomes]
