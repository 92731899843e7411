"""What a GNSS receiver says of the clock, by gpsd's JSON over TCP.

With a pulse a second, gpsd tells what the wall clock showed when the pulse came (`PPS`): its error
is measured, whoever keeps it. Without one, the time in a position (`TPV`) comes some tenths of a
second late, which is enough to see a clock that is altogether wrong.
"""

import asyncio
import json
import math
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime
from typing import Any, Final

from edge.clock.report import ClockReport
from edge.errors import PacketError
from edge.messages.clock import ClockSource
from edge.timestamps import NANOSECONDS_PER_SECOND, ns_to_seconds

_WATCH: Final = b'?WATCH={"enable":true,"json":true,"pps":true};\n'
_MOST_BYTES: Final = 65_536
_SILENCE_S: Final = 30.0
_LEAST_MODE: Final = 2
"""A fix in two dimensions; with less, the time is the receiver's guess."""
GROSS_S: Final = 2.0
"""A position's time this far from the wall clock is no delay of the serial line."""
_LATEST_S: Final = 0.5
"""A pulse that is further off says that gpsd counts it to the wrong second."""
_LEAST_PRECISION: Final = -30


def read_line(line: bytes, wall_ns: int) -> ClockReport | None:
    """Return what a line of gpsd says of the wall clock; None where it says nothing.

    Args:
        line: One JSON object.
        wall_ns: The wall clock when it came.

    Raises:
        PacketError: It is no JSON object, or its values make no sense.
    """
    try:
        content = json.loads(line)
        match content["class"]:
            case "PPS":
                return _of_pulse(content)
            case "TPV":
                return _of_position(content, wall_ns)
            case _:
                return None
    except (ValueError, TypeError, KeyError, OverflowError, RecursionError) as error:
        raise PacketError("gpsd", f"{error}; seen {line[:80]!r}") from None


def _of_pulse(content: dict[str, Any]) -> ClockReport | None:
    """Compare the pulse's true time with what the wall clock showed."""
    seconds = int(content["clock_sec"]) - int(content["real_sec"])
    nanoseconds = int(content["clock_nsec"]) - int(content["real_nsec"])
    off_s = seconds + nanoseconds / NANOSECONDS_PER_SECOND
    if abs(off_s) > _LATEST_S:
        return None
    precision = min(max(int(content.get("precision", -20)), _LEAST_PRECISION), 0)
    error_s = math.hypot(off_s, math.ldexp(1.0, precision))
    return ClockReport(keeper="gpsd", source=ClockSource.GNSS_PPS, error_s=error_s)


def _of_position(content: dict[str, Any], wall_ns: int) -> ClockReport | None:
    """Return a report where the wall clock is altogether wrong."""
    if int(content.get("mode", 0)) < _LEAST_MODE or "time" not in content:
        return None
    true_s = datetime.fromisoformat(str(content["time"])).timestamp()
    off_s = abs(ns_to_seconds(wall_ns) - true_s)
    if off_s < GROSS_S:
        return None
    return ClockReport(keeper="gpsd", source=ClockSource.FREE_RUN, error_s=off_s)


async def watch_gpsd(
    host: str, port: int, wall_ns: Callable[[], int], tell: Callable[[ClockReport], None]
) -> None:
    """Listen to gpsd until it ends the connection or falls silent.

    Args:
        host: Its host.
        port: Its port.
        wall_ns: The wall clock.
        tell: Called with each report.

    Raises:
        OSError: It cannot be reached, or the connection broke.
        PacketError: It sends what makes no sense.
        TimeoutError: It said nothing for half a minute.
    """
    reader, writer = await asyncio.open_connection(host, port, limit=_MOST_BYTES)
    try:
        writer.write(_WATCH)
        await writer.drain()
        while line := await _next_line(reader):
            report = read_line(line, wall_ns())
            if report is not None:
                tell(report)
    finally:
        writer.close()
        with suppress(OSError):
            await writer.wait_closed()


async def _next_line(reader: asyncio.StreamReader) -> bytes:
    async with asyncio.timeout(_SILENCE_S):
        try:
            return await reader.readline()
        except ValueError as error:
            raise PacketError("gpsd", f"a line is longer than {_MOST_BYTES} bytes") from error
