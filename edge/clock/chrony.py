"""What chrony says of the clock, by `chronyc -c tracking`.

One line of comma-separated values: reference id (hexadecimal), its name, stratum, time of the
last update (seconds since 1970), what is left to be corrected, last offset, its root mean square
(seconds), frequency, residual frequency, skew (ppm), root delay, root dispersion, interval of
updates (seconds), leap status.
"""

import asyncio
import math
from typing import Final

from edge.clock.report import ClockReport
from edge.errors import PacketError
from edge.messages.clock import ClockSource

_FIELDS: Final = 14
_LOCAL_ID: Final = "7F7F0101"
"""The reference id of a chrony that takes its own clock for true."""
_UNSYNCHRONISED: Final = "Not synchronised"
_LEAST_ERROR_S: Final = 1e-6
_PULSE: Final = "PPS"
_PATIENCE_S: Final = 10.0


def parse_tracking(line: str, now_s: float) -> ClockReport | None:
    """Return what a line says; None where chrony follows nobody.

    The error is made of what chrony has left to correct, the scatter of its offsets, and half of
    its root distance, which is a bound rather than a sigma (RFC 5905: half the delay, plus the
    dispersion).

    Args:
        line: The line.
        now_s: The wall clock, seconds since 1970, for the age of the last update.

    Raises:
        PacketError: It is no such line.
    """
    cells = line.strip().split(",")
    if len(cells) != _FIELDS:
        raise PacketError("chronyc", f"{len(cells)} values, not {_FIELDS}; seen {line[:80]!r}")
    reference, name, *_, leap = cells
    if leap == _UNSYNCHRONISED or reference in {_LOCAL_ID, "00000000"}:
        return None
    try:
        updated_s, left_s, _, scatter_s, _, _, skew_ppm, delay_s, dispersion_s = (
            float(cell) for cell in cells[3:12]
        )
    except ValueError as error:
        raise PacketError("chronyc", f"{error}; seen {line[:80]!r}") from None
    distance_s = delay_s / 2 + dispersion_s
    error_s = math.hypot(left_s, scatter_s, distance_s / 2)
    if not math.isfinite(error_s + skew_ppm + updated_s):
        raise PacketError("chronyc", f"a value is not finite; seen {line[:80]!r}")
    return ClockReport(
        keeper="chrony",
        source=ClockSource.GNSS_PPS if name.upper().startswith(_PULSE) else ClockSource.NTP,
        error_s=max(error_s, _LEAST_ERROR_S),
        drift=abs(skew_ppm) * 1e-6,
        age_s=max(now_s - updated_s, 0.0),
    )


async def ask_chrony(command: str, address: str | None, now_s: float) -> ClockReport | None:
    """Ask chrony; None where it does not run or follows nobody.

    Args:
        command: Name or path of chronyc.
        address: Address or socket of chronyd; its own default where None.
        now_s: The wall clock, seconds since 1970.

    Raises:
        PacketError: Its answer makes no sense.
    """
    where = () if address is None else ("-h", address)
    try:
        process = await asyncio.create_subprocess_exec(
            command,
            *where,
            "-c",
            "tracking",
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
        )
    except OSError:
        return None
    try:
        async with asyncio.timeout(_PATIENCE_S):
            output, _ = await process.communicate()
    except TimeoutError:
        process.kill()
        await process.wait()
        return None
    if process.returncode != 0:
        return None
    return parse_tracking(output.decode("ascii", "replace"), now_s)
