"""The emulated agent as it runs on a wall: a synthetic sensor, a broker on this machine."""

import asyncio
import json
from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import aiomqtt

from cloud.broker import EmbeddedBroker
from scripts.emulated.emulator import Done, Emulator
from scripts.emulated.recordings import Recording, synthetic
from scripts.emulated.station import AGENT, check

_CONFIG: Final = "/live.toml"
_EARTHQUAKE_AFTER_S: Final = 60


@dataclass(frozen=True)
class Live:
    """What came from the emulated agent."""

    seconds: float
    code: int
    """Exit code after SIGTERM."""
    messages: dict[str, int]
    """Number of each kind, by the last word of the topic."""
    statuses: tuple[str, ...]
    """Of its triggers' revisions, as they came."""
    cpu_s: float
    """Processor time of the emulated agent, from its last health report."""
    model: str | None
    """Network that it says is running."""
    findings: list[dict[str, Any]]
    """Of `edge-agent check`, before."""

    @property
    def well(self) -> bool:
        """Tell whether it said hello, told its health, saw the earthquake and ended cleanly."""
        found = all(finding["ok"] for finding in self.findings)
        spoke = {"state", "health", "trigger"} <= self.messages.keys()
        saw = self.model is not None and "final" in self.statuses
        return found and spoke and saw and self.code == 0


async def run_live(emulator: Emulator, seconds: float = 120) -> Live:
    """Run the agent for a while; its earthquake happens after a minute.

    Args:
        emulator: Of the root.
        seconds: Until SIGTERM.
    """
    async with EmbeddedBroker() as broker:
        origin = datetime.now(UTC) + timedelta(seconds=_EARTHQUAKE_AFTER_S)
        source = synthetic(origin.isoformat().replace("+00:00", "Z"))
        text = Recording("live", source).station_file("/live", "", broker.port)
        emulator.path(_CONFIG).write_text(text)
        findings = await asyncio.to_thread(check, emulator, _CONFIG)
        messages: list[tuple[str, bytes]] = []
        async with aiomqtt.Client(broker.host, broker.port) as client:
            await client.subscribe("tremor/v1/#", qos=1)
            listener = asyncio.create_task(_listen(client, messages))
            done = await asyncio.to_thread(_run, emulator, seconds)
            listener.cancel()
    return _told(messages, done, findings)


def _run(emulator: Emulator, seconds: float) -> Done:
    # The agent's own exit code, not that of `timeout`.
    stop = ("/usr/bin/timeout", "--preserve-status", f"{seconds:.0f}")
    command = (*stop, AGENT, "run", "--config", _CONFIG, "--json-logs")
    return emulator.run(*command, codes=tuple(range(256)))


async def _listen(client: aiomqtt.Client, messages: list[tuple[str, bytes]]) -> None:
    async for message in client.messages:
        kind = message.topic.value.rsplit("/", 1)[-1]
        if isinstance(message.payload, bytes):
            messages.append((kind, message.payload))


def _told(messages: list[tuple[str, bytes]], done: Done, findings: list[dict[str, Any]]) -> Live:
    read = [(kind, json.loads(payload)) for kind, payload in messages]
    health = [message for kind, message in read if kind == "health"]
    return Live(
        seconds=done.seconds,
        code=done.code,
        messages=dict(Counter(kind for kind, _ in read)),
        statuses=tuple(message["status"] for kind, message in read if kind == "trigger"),
        cpu_s=float(health[-1]["cpu_s"]) if health else 0.0,
        model=health[-1]["model"] if health else None,
        findings=findings,
    )
