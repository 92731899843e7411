"""Training examples a CPU second: our loader, and SeisBench's generator on the same data (B12).

    python benchmarks/loader.py --peer seisbench [--rounds 5] [--json]  installs it the first time
    python benchmarks/loader.py --peer-python OTHER/bin/python          where it is installed
    python benchmarks/loader.py --peer none                             a plain loop over traces

SeisBench brings torch, some gigabytes; without `--peer` it is compared where it is installed
already, and a plain loop stands for it where it is not.

Both cut a random window of 30 s out of 60 s of three components at 100 Hz, take out the mean,
divide by the peak, and make Gaussian curves of P, S and noise. SeisBench writes the data set with
its own writer; ours is converted from that, as int16. The comparison is void unless both give the
same traces and the same labels for windows at one place. Rows interleave; CPU time of the process
that draws, medians over the rounds. SeisBench is also given its traces preloaded in memory. The
floor is the copy of the same bytes.
"""

import argparse
import json
import os
import platform
import statistics
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import numpy as np
from instruments.peers import Peer, peer_place, peer_python

from edge.sources.synthetic_waveform import Arrivals, synthesise
from training.data.drops import Drops
from training.data.loader import LoaderConfig, WindowLoader
from training.data.readers.seisbench import read_seisbench
from training.data.recording import Description, Recording
from training.data.store import StoreWriter, WaveformStore

_PEER = Path(__file__).parent / "peers" / "seisbench_loader.py"
_PEER_NAME = "seisbench"
_PEER_PACKAGE = "seisbench==0.12.6"
_RATE_HZ = 100.0
_LENGTH = 6000
_WINDOW = 3001
_SIGMA = 10.0
_TARGET = 30.0
_PARITY_AT = 1000


def peer_interpreter(named: Path | None) -> Path:
    """Return the Python of an environment with SeisBench; makes one beside ours the first time."""
    return named or peer_python(_PEER_NAME, [_PEER_PACKAGE])


def make_traces(path: Path, count: int) -> None:
    """Write synthetic records in whole counts, traces (count, 3, 6000) and their picks."""
    rng = np.random.default_rng(12)
    p = rng.integers(800, 3000, count)
    s = p + rng.integers(100, 1500, count)
    traces = np.empty((count, 3, _LENGTH), np.float32)
    for number in range(count):
        arrivals = Arrivals(p[number] / _RATE_HZ, s[number] / _RATE_HZ)
        quake = synthesise(4.5, 40.0, arrivals, _RATE_HZ, _LENGTH, rng)
        noise = rng.normal(0, 30, (_LENGTH, 3))
        traces[number] = np.rint(np.clip(noise + quake * 1e5, -32000, 32000)).T
    np.savez(path, traces=traces, p=p, s=s)


def stored(recordings: Iterable[Recording], folder: Path) -> WaveformStore:
    """Write recordings in our form, as int16."""
    with StoreWriter(folder, "int16") as writer:
        for recording in recordings:
            writer.append(recording)
    return WaveformStore(folder)


def convert(source: Path, folder: Path) -> WaveformStore:
    """Bring SeisBench's data set into our form."""
    drops = Drops()
    store = stored(read_seisbench(source, drops), folder)
    if drops.total:
        raise RuntimeError(f"records of the benchmark's own data set were dropped: {drops.counts}")
    return store


def recordings_of(traces: Path) -> Iterator[Recording]:
    """Yield the made records without SeisBench between."""
    with np.load(traces) as archive:
        made, p, s = archive["traces"], archive["p"], archive["s"]
    for number, trace in enumerate(made):
        name = f"event-{number}"
        about = Description(
            source="made",
            name=name,
            event=name,
            station="XX.MADE",
            part="train",
            rate_hz=_RATE_HZ,
            category="earthquake",
            picks="made",
            p_index=float(p[number]),
            s_index=float(s[number]),
        )
        yield Recording(about, trace.T)


def check_parity(store: WaveformStore, archive: Path) -> dict[str, float]:
    """Return how far traces and labels are apart; raises where the comparison would be void."""
    loader = WindowLoader(store, LoaderConfig(window=_WINDOW, sigma=_SIGMA, components="first"))
    with np.load(archive) as peer:
        x, y = peer["x"], peer["y"]
    rows = np.arange(len(x))
    traces, curves = loader.windows(rows, np.full(len(x), _PARITY_AT))
    apart = {
        "traces": float(np.abs(traces - x).max()),
        "labels": float(np.abs(curves - y).max()),
    }
    if apart["traces"] > 1e-4 or apart["labels"] > 1e-4:
        raise RuntimeError(f"void: examples differ by {apart}")
    return apart


def plain_loop(store: WaveformStore, count: int, rng: np.random.Generator) -> None:
    """Draw examples a trace at a time, as a generator in Python does."""
    times = np.arange(_WINDOW)
    for number in rng.integers(0, len(store), count):
        row = store.index[number]
        trace = store.samples_of(int(number))
        begin = int(rng.integers(0, len(trace) - _WINDOW + 1))
        window = trace[begin : begin + _WINDOW].T
        window = window - window.mean(axis=1, keepdims=True)
        window /= np.abs(window).max(axis=1, keepdims=True)
        curves = np.zeros((3, _WINDOW), np.float32)
        for phase, name in enumerate(("p_index", "s_index")):
            curves[phase] = np.exp(-0.5 * np.square((times + begin - row[name]) / _SIGMA))
        curves[2] = 1 - curves[0] - curves[1]


def timed(draw: Callable[[], object], count: int) -> float:
    """Return examples a CPU second."""
    began = time.process_time()
    draw()
    return count / (time.process_time() - began)


def our_rows(store: WaveformStore, batches: int) -> dict[str, Callable[[], float]]:
    """Return what is measured in this process."""
    rng = np.random.default_rng(1)
    rows: dict[str, Callable[[], float]] = {}
    for axis in ("first", "last"):
        config = LoaderConfig.model_validate(
            {"window": _WINDOW, "sigma": _SIGMA, "components": axis, "hold_p": False}
        )
        loader = WindowLoader(store, config)
        count = batches * config.batch_size
        rows[f"ours, components {axis}"] = lambda loader=loader, count=count: timed(
            lambda: [None for _ in loader.batches(batches, rng)], count
        )
    values = np.asarray(store.samples[: 256 * 3 * _WINDOW])
    rows["floor, copy of the bytes of traces and labels"] = lambda: timed(
        lambda: [(values.astype(np.float32), values.astype(np.float32)) for _ in range(batches)],
        batches * 256,
    )
    rows["plain loop over traces"] = lambda: timed(lambda: plain_loop(store, 256, rng), 256)
    return rows


def measure(
    rows: dict[str, Callable[[], float]], rounds: int
) -> dict[str, tuple[float, float, float]]:
    """Run all in turn; return median, least and most examples a CPU second of each."""
    for row in rows.values():
        row()
    found: dict[str, list[float]] = {name: [] for name in rows}
    for _ in range(rounds):
        for name, row in rows.items():
            found[name].append(row())
    return {name: (statistics.median(v), min(v), max(v)) for name, v in found.items()}


def compare(options: argparse.Namespace, folder: Path) -> dict[str, object]:
    """Measure with SeisBench; returns the report."""
    source, traces = folder / "peer-set", folder / "traces.npz"
    make_traces(traces, options.traces)
    python = peer_interpreter(options.peer_python)
    peer, cached = Peer(python, _PEER), Peer(python, _PEER)
    peer.ask("write", traces, source)
    version = peer.ask("open", source, _WINDOW, _SIGMA, "none")["version"]
    cached.ask("open", source, _WINDOW, _SIGMA, "full")
    peer.ask("fixed", _PARITY_AT, folder / "fixed.npz")
    store = convert(source, folder / "ours")
    parity = check_parity(store, folder / "fixed.npz")
    rows = our_rows(store, options.batches)
    for name, one in (("SeisBench generator", peer), ("SeisBench, preloaded", cached)):
        rows[name] = lambda one=one: options.draws / one.ask("draw", options.draws)["cpu_s"]
    medians = measure(rows, options.rounds)
    peer.close()
    cached.close()
    return {"peer": f"SeisBench {version}", "parity": parity, "rows": medians}


def alone(options: argparse.Namespace, folder: Path) -> dict[str, object]:
    """Measure without SeisBench: the plain loop stands for it."""
    traces = folder / "traces.npz"
    make_traces(traces, options.traces)
    store = stored(recordings_of(traces), folder / "ours")
    rows = our_rows(store, options.batches)
    return {"peer": "a plain loop over traces", "rows": measure(rows, options.rounds)}


def _has_peer(options: argparse.Namespace) -> bool:
    if options.peer is not None or options.peer_python is not None:
        return bool(options.peer != "none")
    return peer_place(_PEER_NAME).exists()


def main() -> None:
    """Run and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--traces", type=int, default=1000)
    parser.add_argument("--batches", type=int, default=8)
    parser.add_argument("--draws", type=int, default=400)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--peer", choices=["seisbench", "none"])
    parser.add_argument("--peer-python", type=Path)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        run = compare if _has_peer(options) else alone
        report = run(options, Path(folder))
    rows: dict[str, tuple[float, float, float]] = report["rows"]  # type: ignore[assignment]
    peer_row = "SeisBench generator" if "parity" in report else "plain loop over traces"
    ratio = rows["ours, components first"][0] / rows[peer_row][0]
    report |= {
        "unit": "examples a CPU second: median, least, most",
        "ratio": ratio,
        "target": _TARGET if "parity" in report else None,
        "machine": platform.machine(),
        "python": platform.python_version(),
        "numpy": np.__version__,
        "load": os.getloadavg()[0],
    }
    if options.json:
        print(json.dumps(report, indent=2))
        return
    print(f"peer: {report['peer']}; examples compared: {report.get('parity', 'none')}")
    for name, (median, least, most) in rows.items():
        print(f"{median:10.0f}  ({least:.0f} to {most:.0f})  {name}")
    print(f"ratio {ratio:.0f} (target {report['target']}), {report['machine']},")
    print(f"Python {report['python']}, NumPy {report['numpy']}, load {report['load']:.1f}")


if __name__ == "__main__":
    main()
