"""SeisBench's side of benchmarks/picker.py; runs in an environment of its own.

Reads commands from standard input, one a line, and answers each with a line of JSON:

    open NPZ BATCH   load records, shape (n, samples, 3) at 100 Hz; a PhaseNet with random weights
    pick COUNT       annotate so many records in one call; CPU seconds
"""

import json
import sys
import time

import numpy as np
import obspy
import seisbench
import seisbench.models
import torch


def streams(records: np.ndarray) -> obspy.Stream:
    """Return all records as one stream, a station each."""
    stream = obspy.Stream()
    for number, record in enumerate(records):
        for column, letter in zip(record.T, "ZNE", strict=True):
            header = {
                "network": "XX",
                "station": f"{number:05d}",
                "channel": f"HN{letter}",
                "sampling_rate": 100.0,
            }
            stream.append(obspy.Trace(np.ascontiguousarray(column), header))
    return stream


def main() -> None:
    """Answer commands until the input ends."""
    torch.set_num_threads(1)
    model = seisbench.models.PhaseNet(phases="NPS", norm="peak")
    model.eval()
    records = np.empty((0, 0, 3))
    batch = 1
    for line in sys.stdin:
        name, *words = line.split()
        if name == "open":
            records, batch = np.load(words[0])["records"], int(words[1])
            answer: dict[str, object] = {
                "version": seisbench.__version__,
                "torch": torch.__version__,
            }
        else:
            stream = streams(records[: int(words[0])])
            began = time.process_time()
            model.annotate(stream, batch_size=batch)
            answer = {"cpu_s": time.process_time() - began}
        sys.stdout.write(json.dumps(answer) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
