"""What a packet costs that comes after a pause: the pipeline with cold caches.

    python benchmarks/pauses.py [--packets 60] [--rounds 5]

The pipeline of benchmarks/station.py with its network, noise only. Packets come at once, or after a
pause that is slept through, or after one that is spent in an empty loop. CPU time of the thread,
medians over the packets of all rounds.
"""

import argparse
import os
import statistics
import time

# As the agent does at its start, before NumPy is imported.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import numpy as np
from station import packets, pipeline

_RATE_HZ = 100.0
_NOISE_M_S2 = 6e-4
_WARM_UP = 400
"""Packets until detectors and filters have seen enough."""
_PAUSES_S = (0.0, 0.002, 0.02, 0.25)


def spin(seconds: float) -> None:
    """Let time pass without sleeping."""
    end_s = time.monotonic() + seconds
    while time.monotonic() < end_s:
        pass


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--packets", type=int, default=60)
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    ways = [("slept", time.sleep, pause_s) for pause_s in _PAUSES_S]
    ways.append(("in a loop", spin, _PAUSES_S[-1]))
    count = _WARM_UP + options.rounds * options.packets * len(ways)
    noise = np.random.default_rng(3).normal(size=(round(count * 0.25 * _RATE_HZ), 3)) * _NOISE_M_S2
    stream = iter(packets(noise.astype(np.float32)))
    whole = pipeline(network=True)
    for _ in range(_WARM_UP):
        whole.push(next(stream))
    taken_us: dict[int, list[float]] = {number: [] for number in range(len(ways))}
    for _ in range(options.rounds):
        for number, (_, wait, pause_s) in enumerate(ways):
            for _ in range(options.packets):
                wait(pause_s)
                packet = next(stream)
                began_s = time.thread_time()
                whole.push(packet)
                taken_us[number].append((time.thread_time() - began_s) * 1e6)
    for number, (how, _, pause_s) in enumerate(ways):
        low, high = np.percentile(taken_us[number], [10, 90])
        median = statistics.median(taken_us[number])
        print(f"{pause_s:6.3f} s {how:<10} {median:6.0f} us a packet ({low:.0f} to {high:.0f})")
    print(f"load {os.getloadavg()[0]:.1f}")


if __name__ == "__main__":
    main()
