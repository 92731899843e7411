"""Errors of sample times of a simulated sensor, beside what other station software does.

    python benchmarks/time_error.py [--hours 1] [--seeds 3] [--json]

A sensor with a FIFO of 32 samples at a claimed 125 Hz: its oscillator is off by 20 ppm, 200 ppm or
2 %, wanders, warms up; every stamp jitters by 50 ms; readings are lost or late. Ours is the
station's time base. Peers: the packet's stamp and the claimed rate, as plain stations and hobby
software do; and a straight line through the stamps of the last five minutes (least squares, lost
samples known, which a real one would have to guess). Errors are root mean squares over all samples
after ten minutes, settling is when an error of 5 ms over ten minutes is first kept, and honest is
the share of samples whose error is within two of the sigmas that the station states.
The simulated sensor is that of the tests.
"""

import argparse
import json
import statistics
import sys
import time
from dataclasses import replace
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from edge.timebase import TimeBase
from tests.edge.clock.oscillator import (
    START_NS,
    Case,
    Errors,
    Sampled,
    errors_of,
    sample,
)

_SETTLED_S = 600.0
_BOUND_S = 0.005
_LINE_S = 300.0
_J = 0.05
_RAMP = {"ppm_per_degree": 100.0, "warming_c": 10.0}
CASES = (
    Case("20 ppm", ppm=20, jitter_s=_J),
    Case("200 ppm", ppm=200, jitter_s=_J),
    Case("2 %", ppm=20_000, jitter_s=_J),
    Case("2 %, warming 20 degrees/h, temperature told", 20_000, **_RAMP, tells_temperature=True, jitter_s=_J),
    Case("2 %, warming 20 degrees/h, temperature not told", 20_000, **_RAMP, jitter_s=_J),
    Case("2 %, one reading in 200 lost, on the host", 20_000, lost_share=0.005, on_host=True, jitter_s=_J),
    Case("the same, warming", 20_000, **_RAMP, tells_temperature=True, lost_share=0.005, on_host=True, jitter_s=_J),
    Case("2 %, one packet in 200 lost, stamped by a device", 20_000, lost_share=0.005, jitter_s=_J),
    Case("2 %, 2 % of packets late by 0.1 s, jitter 2 ms", 20_000, late_share=0.02, jitter_s=0.002),
    Case("2 %, warming, on a host kept by chrony (jitter 0.5 ms)", 20_000, **_RAMP, tells_temperature=True, lost_share=0.005, on_host=True, jitter_s=0.0005),
    Case("2 %, 31.25 Hz, a packet a second", 20_000, rate_hz=31.25, jitter_s=_J),
)  # fmt: skip


def ours(case: Case, sampled: Sampled) -> Errors:
    """Run the station's time base."""
    base = TimeBase(case.rate_hz)
    blocks = [block for packet in sampled.packets for block in base.push(packet)]
    return errors_of([*blocks, *base.flush()], sampled.times_s)


def as_stamped(case: Case, sampled: Sampled) -> Errors:
    """Take each packet's stamp for its last sample, and the claimed rate."""
    last = np.array([int(packet.samples[-1, 0]) for packet in sampled.packets])
    stamps_s = np.array([(packet.last_sample_ns - START_NS) / 1e9 for packet in sampled.packets])
    back = np.arange(case.count)
    given_s = stamps_s[:, None] - back / case.rate_hz
    return _errors(sampled, (last[:, None] - back).ravel(), given_s.ravel())


def by_line(case: Case, sampled: Sampled) -> Errors:
    """Fit a line through the stamps of the last minutes at every packet."""
    last = np.array([float(packet.samples[-1, 0]) for packet in sampled.packets])
    stamps_s = np.array([(packet.last_sample_ns - START_NS) / 1e9 for packet in sampled.packets])
    size = round(_LINE_S * case.rate_hz / case.count)
    back = np.arange(case.count)
    numbers, times = [], []
    for n in range(2, len(last)):
        x, y = last[max(0, n - size) : n + 1], stamps_s[max(0, n - size) : n + 1]
        off = x - x[-1]
        slope, level = np.polyfit(off, y, 1)
        numbers.append(last[n] - back)
        times.append(level - back * slope)
    return _errors(sampled, np.concatenate(numbers).astype(int), np.concatenate(times))


def _errors(sampled: Sampled, numbers: np.ndarray, given_s: np.ndarray) -> Errors:
    true_s = sampled.times_s[numbers]
    return Errors(true_s, given_s - true_s, np.zeros(len(true_s)))


def measure(case: Case, seeds: int) -> dict[str, float | str]:
    """Return one row of the table."""
    rows = []
    for seed in range(seeds):
        sampled = sample(case, seed)
        began = time.process_time()
        errors = ours(case, sampled)
        cpu_s = time.process_time() - began
        late = errors.after(_SETTLED_S)
        rows.append(
            {
                "ours_ms": 1e3 * late.rms_s,
                "largest_ms": 1e3 * float(np.abs(late.error_s).max()),
                "settled_s": errors.settled_at_s(_BOUND_S),
                "stated_ms": 1e3 * float(np.sqrt(np.mean(late.stated_s**2))),
                "honest": late.honest_share,
                "stamped_ms": 1e3 * as_stamped(case, sampled).after(_SETTLED_S).rms_s,
                "line_ms": 1e3 * by_line(case, sampled).after(_SETTLED_S).rms_s,
                "cpu_s_per_hour": cpu_s / case.hours,
            }
        )
    return {"case": case.name} | {
        key: statistics.fmean(row[key] for row in rows) for key in rows[0]
    }


def main() -> None:
    """Run all cases and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--hours", type=float, default=1.0)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    rows = [measure(replace(case, hours=options.hours), options.seeds) for case in CASES]
    if options.json:
        print(json.dumps({"unit": "ms, root mean square after 600 s", "cases": rows}, indent=2))
        return
    print(f"{'':56}  ours  largest  settled  stated  honest   stamp   line  CPU-s/h")
    for row in rows:
        print(
            f"{row['case']:56}{row['ours_ms']:6.2f}{row['largest_ms']:9.1f}{row['settled_s']:9.0f}"
            f"{row['stated_ms']:8.2f}{row['honest']:8.3f}{row['stamped_ms']:8.1f}"
            f"{row['line_ms']:7.1f}{row['cpu_s_per_hour']:9.2f}"
        )


if __name__ == "__main__":
    main()
