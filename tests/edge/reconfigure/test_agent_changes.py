"""A change from afar, with the agent as a process and a real broker."""

import asyncio
import signal
from pathlib import Path

import pytest

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
    async with operating(station) as operator:
        async with station.running() as process:
            interim = await operator.configure("c1", set={"detection.sta_lta.on_ratio": 7.5})
            final = await operator.answer("c1")
            process.send_signal(signal.SIGTERM)
            code = await asyncio.wait_for(process.wait(), 20)
        async with station.running():
            shown = await operator.configure("c2", show=True)
            again = await operator.configure("c1", set={"detection.sta_lta.on_ratio": 9.0})

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
    assert 7.5 == shown.result["configuration"]["detection"]["sta_lta"]["on_ratio"]
    assert (True, final.text, final.result) == (again.ok, again.text, again.result)
    assert before == station.file.read_bytes()
