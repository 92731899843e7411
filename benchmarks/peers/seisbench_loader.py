"""SeisBench's side of benchmarks/loader.py; runs in an environment of its own.

Reads commands from standard input, one a line, and answers each with a line of JSON:

    write NPZ FOLDER     write the traces of an npz as a data set, with SeisBench's own writer
    open FOLDER WINDOW SIGMA CACHE   make a generator: random window, normalise, Gaussian labels
    draw COUNT           draw as many random examples; CPU seconds
    fixed BEGIN FILE     every example cut at one sample, to an npz, to compare the labels
"""

import json
import sys
import time
from pathlib import Path

import numpy as np
import seisbench
import seisbench.data
import seisbench.generate


def write(source: str, folder: str) -> dict[str, object]:
    """Write the data set."""
    with np.load(source) as archive:
        traces, p, s = archive["traces"], archive["p"], archive["s"]
    place = Path(folder)
    place.mkdir(parents=True)
    with seisbench.data.WaveformDataWriter(
        place / "metadata.csv", place / "waveforms.hdf5"
    ) as writer:
        writer.data_format = {
            "dimension_order": "CW",
            "component_order": "ZNE",
            "measurement": "velocity",
            "unit": "counts",
        }
        for number, trace in enumerate(traces):
            row = {
                "source_id": f"event-{number}",
                "station_network_code": "XX",
                "station_code": "MADE",
                "trace_channel": "HH",
                "trace_sampling_rate_hz": 100,
                "trace_p_arrival_sample": int(p[number]),
                "trace_s_arrival_sample": int(s[number]),
                "split": "train",
            }
            writer.add_trace(row, trace)
    return {"written": len(traces)}


def generator(
    folder: str, window: int, sigma: float, cache: str | None, begin: int | None
) -> seisbench.generate.GenericGenerator:
    """Return examples at random windows, or all at one."""
    data = seisbench.data.WaveformDataset(folder, cache=cache, component_order="ZNE")
    if cache == "full":
        data.preload_waveforms()
    made = seisbench.generate.GenericGenerator(data)
    cut = (
        seisbench.generate.RandomWindow(windowlen=window)
        if begin is None
        else seisbench.generate.FixedWindow(p0=begin, windowlen=window)
    )
    made.add_augmentations(
        [
            cut,
            seisbench.generate.Normalize(demean_axis=-1, amp_norm_axis=-1, amp_norm_type="peak"),
            seisbench.generate.ChangeDtype(np.float32),
            seisbench.generate.ProbabilisticLabeller(
                label_columns={"trace_p_arrival_sample": "P", "trace_s_arrival_sample": "S"},
                model_labels=["P", "S", "N"],
                sigma=sigma,
                dim=0,
            ),
        ]
    )
    return made


def main() -> None:
    """Answer commands until the input ends."""
    drawn: seisbench.generate.GenericGenerator | None = None
    options: tuple[str, int, float] = ("", 0, 0.0)
    random = np.random.default_rng(1)
    for line in sys.stdin:
        name, *words = line.split()
        if name == "write":
            answer = write(*words)
        elif name == "open":
            options = (words[0], int(words[1]), float(words[2]))
            drawn = generator(*options, cache=None if words[3] == "none" else words[3], begin=None)
            answer = {"version": seisbench.__version__, "traces": len(drawn)}
        elif name == "draw" and drawn is not None:
            chosen = random.integers(0, len(drawn), int(words[0]))
            began = time.process_time()
            for number in chosen:
                drawn[int(number)]
            answer = {"cpu_s": time.process_time() - began}
        else:
            fixed = generator(*options, cache=None, begin=int(words[0]))
            examples = [fixed[number] for number in range(len(fixed))]
            np.savez(
                words[1],
                x=np.stack([example["X"] for example in examples]),
                y=np.stack([example["y"] for example in examples]),
            )
            answer = {"examples": len(examples)}
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main()
