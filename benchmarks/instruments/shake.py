"""A Raspberry Shake 4D on loopback: four channels, each 25 samples a quarter of a second.

    python shake.py SECONDS QUIET_S SENT PORT...

Noise of the accelerometer in real time; after a quiet part a burst that an STA/LTA sees every 17 s. At the end
the moments at which each quarter of a second was sent are in the file SENT, a JSON list of seconds
of the monotonic clock.
"""

import json
import socket
import sys
import time
from pathlib import Path

import numpy as np

CHANNELS = ("EHZ", "ENZ", "ENN", "ENE")
RATE_HZ = 100
QUARTER_S = 0.25
_SAMPLES = round(RATE_HZ * QUARTER_S)
_NOISE_COUNTS = 120.0
_BURST_COUNTS = 8000.0
_DECAY_S = 1.5
_FREQUENCY_HZ = 4.0
_BURST_EVERY_S = 17.0


def counts(seconds: float, quiet_s: float) -> np.ndarray:
    """Return shape (n, channels): noise with decaying bursts."""
    times_s = np.arange(round(seconds * RATE_HZ)) / RATE_HZ
    since_s = (times_s - quiet_s) % _BURST_EVERY_S
    burst = (
        _BURST_COUNTS * np.exp(-since_s / _DECAY_S) * np.sin(2 * np.pi * _FREQUENCY_HZ * since_s)
    )
    noise = np.random.default_rng(11).normal(size=(len(times_s), len(CHANNELS))) * _NOISE_COUNTS
    return np.rint(noise + (burst * (times_s >= quiet_s))[:, None]).astype(int)


def main() -> None:
    """Send, then write when."""
    seconds, quiet_s = float(sys.argv[1]), float(sys.argv[2])
    ports = [int(port) for port in sys.argv[4:]]
    trace = counts(seconds, quiet_s)
    began_s, began_wall_s = time.monotonic(), time.time()
    sent_s = []
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        for quarter in range(len(trace) // _SAMPLES):
            due_s = began_s + (quarter + 1) * QUARTER_S
            time.sleep(max(0.0, due_s - time.monotonic()))
            part = trace[quarter * _SAMPLES : (quarter + 1) * _SAMPLES]
            start_s = began_wall_s + quarter * QUARTER_S
            for channel, values in zip(CHANNELS, part.T.tolist(), strict=True):
                datagram = f"{{'{channel}', {start_s:.3f}, {', '.join(map(str, values))}}}".encode()
                for port in ports:
                    sender.sendto(datagram, ("127.0.0.1", port))
            sent_s.append(time.monotonic())
    Path(sys.argv[3]).write_text(json.dumps(sent_s))


if __name__ == "__main__":
    main()
