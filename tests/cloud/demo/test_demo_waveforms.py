"""Real agents answer from their archives, and the centre locates the event from what they sent."""

import asyncio
import signal
import sys
from pathlib import Path

import pytest

from cloud.store import Store
from edge.messages import EventMethod

COMMAND = Path(sys.executable).with_name("cloud-aggregator")


@pytest.mark.slow
async def test_nine_agents_answer_and_the_event_is_located_from_waveforms(tmp_path: Path) -> None:
    """Nine processes with archives, at twice the speed of nature."""
    process = await asyncio.create_subprocess_exec(
        COMMAND,
        *("demo", "--speed", "2", "--port", "0", "--folder", tmp_path),
        stderr=asyncio.subprocess.PIPE,
    )
    assert process.stderr is not None
    said = ""
    try:
        async with asyncio.timeout(600):
            while "from waveforms" not in said:
                line = await process.stderr.readline()
                assert line, said
                said += line.decode()
    finally:
        if process.returncode is None:
            process.send_signal(signal.SIGINT)
        await process.communicate()

    (event,) = Store(tmp_path / "centre" / "centre.sqlite").latest_events(10)
    assert EventMethod.WAVEFORMS == event.method
    assert len({a.station for a in event.arrivals if a.picker is not None}) >= 6
    assert event.magnitude_type in ("ML", "Mw")
