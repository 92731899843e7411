"""What the station tells systemd: ready, alive, how it does, stopping (sd_notify(3)).

Alive means that samples went through detection, not that a process exists: a station whose feed
hangs is started again by systemd. A sensor that is away is no hang; the feed says that it waits.
"""

import asyncio
import os
import socket
import time
from collections.abc import Callable, Mapping

import structlog

from edge.messages import Health

_log = structlog.get_logger(__name__)

_MICROSECOND = 1e-6
_LOOKS_A_PERIOD = 3
"""How often the work is looked at in the time in which systemd wants to hear of it."""


class ServiceManager:
    """Sends datagrams to whoever supervises this process; does nothing where nobody does.

    Args:
        environment: `NOTIFY_SOCKET`, `WATCHDOG_USEC` and `WATCHDOG_PID` as systemd sets them.
    """

    def __init__(self, environment: Mapping[str, str] = os.environ) -> None:
        address = environment.get("NOTIFY_SOCKET")
        self._address = "\0" + address[1:] if address and address[0] == "@" else address
        self.watchdog_s = _watchdog_s(environment)

    def ready(self) -> None:
        """Tell that the station works: `systemctl start` returns now."""
        self._send("READY=1")

    def stopping(self) -> None:
        """Tell that the station says goodbye."""
        self._send("STOPPING=1")

    def reloading(self) -> None:
        """Tell that the process replaces itself by a new one, which says `ready` again."""
        self._send(
            f"RELOADING=1\nMONOTONIC_USEC={time.clock_gettime_ns(time.CLOCK_MONOTONIC) // 1000}"
        )

    def status(self, text: str) -> None:
        """Set the line that `systemctl status` shows."""
        self._send(f"STATUS={text}")

    async def watch(self, work_done: Callable[[], int]) -> None:
        """Feed the watchdog for ever, each time that more work was done than before.

        Args:
            work_done: A count that grows with each packet that went through detection.
        """
        if self.watchdog_s is None:
            return
        seen = -1
        while True:
            done = work_done()
            if done != seen:
                self._send("WATCHDOG=1")
            seen = done
            await asyncio.sleep(self.watchdog_s / _LOOKS_A_PERIOD)

    def _send(self, state: str) -> None:
        if self._address is None:
            return
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as channel:
            try:
                channel.sendto(state.encode(), self._address)
            except OSError as error:
                # A supervisor that is away ends no station.
                _log.warning("service_manager_away", told=state, reason=str(error))


def summary_line(health: Health) -> str:
    """Return how a station does in a line for `systemctl status`."""
    rate = "no samples yet" if health.latency_s is None else f"{health.sampling_rate_hz:.1f} Hz"
    return (
        f"{health.network}.{health.station}: {rate}, {health.packets} packets, "
        f"{health.triggers} triggers, {health.outbox_depth} waiting for the broker"
    )


def _watchdog_s(environment: Mapping[str, str]) -> float | None:
    """Return the time within which systemd wants a sign of life; None where it wants none."""
    wanted = environment.get("WATCHDOG_USEC")
    if wanted is None or environment.get("WATCHDOG_PID", str(os.getpid())) != str(os.getpid()):
        return None
    return int(wanted) * _MICROSECOND
