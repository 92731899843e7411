"""Windows a CPU second of the deep picker, and how right its picks are.

    python benchmarks/picker.py [--rounds 5] [--records 16] [--json]
    python benchmarks/picker.py --peer seisbench    installs SeisBench the first time (gigabytes)
    python benchmarks/picker.py --accuracy ../shared/data   judges the picks, and fails where they
                                                            are worse than they were

Records of 60 s, three components at 100 Hz, one window each. Rows run in turn in every round, one
thread each; CPU time of the process that works, medians over the rounds. "network alone" is ONNX
Runtime with so many windows a call: the floor. "picker" is all of it: filters, windows, network,
peaks. SeisBench's PhaseNet has random weights, and windows of 30 s that overlap by half; it is
given all records in one call. "pool" is wall time, through the queue and a process of one worker.

Accuracy is that of whole records of the validation part, which choosing thresholds saw and training
did not: arrivals with a pick within 0.1 s and 0.5 s, and picks that are right.
"""

import os

# Idle threads of NumPy's matrix products would spin, and be counted.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import argparse
import json
import platform
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import onnxruntime
from instruments.peers import Peer, peer_place, peer_python

from cloud.picking import open_picker
from cloud.picking.bundle_network import open_bundle_network, own_bundle
from cloud.picking.config import PickingConfig
from cloud.picking.inline import InlinePicker
from cloud.seismogram import Seismogram
from edge.bundle import load_bundle
from edge.messages import Phase
from edge.sources.synthetic_waveform import Arrivals, synthesise

_PEER = Path(__file__).parent / "peers" / "seisbench_picker.py"
_PEER_NAME, _PEER_PACKAGE = "seisbench", "seisbench==0.12.6"
_RATE_HZ = 100.0
_SAMPLES = 6000
_BATCHES = (1, 2, 4, 8, 16, 32, 64)
_BURST = 300
_LEAST = {"within 0.1 s": {"P": 0.60, "S": 0.55}, "within 0.5 s": {"P": 0.80, "S": 0.85}}
"""Shares of the arrivals of the validation part, on whole records."""

Rows = dict[str, Callable[[], float]]


def make_records(count: int) -> list[Seismogram]:
    """Return records with an earthquake each."""
    rng = np.random.default_rng(1)
    records = []
    for number in range(count):
        p_s = rng.uniform(10, 40)
        motion = synthesise(5.0, 30.0, Arrivals(p_s, p_s + 6), _RATE_HZ, _SAMPLES, rng)
        samples = 4e-4 * rng.standard_normal((_SAMPLES, 3)) + motion * (0.2 / np.abs(motion).max())
        records.append(Seismogram(f"XX.{number}", 0, _RATE_HZ, samples.astype(np.float32)))
    return records


def timed(work: Callable[[], object], windows: int) -> float:
    """Return windows a CPU second."""
    began = time.process_time()
    work()
    return windows / (time.process_time() - began)


def our_rows(records: list[Seismogram]) -> Rows:
    """Return what is measured in this process."""
    bundle = load_bundle(own_bundle())
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    session = onnxruntime.InferenceSession(
        bundle.networks["model.onnx"], options, providers=["CPUExecutionProvider"]
    )
    windows = np.resize(bundle.golden.conditioned, (max(_BATCHES), _SAMPLES, 3))
    name = session.get_inputs()[0].name

    def alone(batch: int) -> float:
        calls = max(1, len(records) // batch)
        given = {name: windows[:batch]}
        return timed(lambda: [session.run(None, given) for _ in range(calls)], calls * batch)

    rows: Rows = {
        f"network alone, {batch} a call": lambda batch=batch: alone(batch) for batch in _BATCHES
    }
    picker = InlinePicker(open_bundle_network(None, ["cpu"]), PickingConfig())
    rows["picker"] = lambda: timed(lambda: picker.pick(records), len(records))
    return rows


def pool_s(records: list[Seismogram], rounds: int) -> dict[str, float]:
    """Return wall times of the pool with one worker, medians, s."""
    burst = [records[i % len(records)] for i in range(_BURST)]
    alone, together = [], []
    with open_picker(PickingConfig(providers=("cpu",))) as picker:
        for _ in range(rounds):
            for record in records:
                began = time.perf_counter()
                picker.pick([record])
                alone.append(time.perf_counter() - began)
            began = time.perf_counter()
            picker.pick(burst)
            together.append(time.perf_counter() - began)
    return {
        "a record that comes alone": round(statistics.median(alone), 4),
        f"a burst of {_BURST}": round(statistics.median(together), 3),
    }


def measure(rows: Rows, rounds: int) -> dict[str, tuple[float, float, float]]:
    """Run all in turn; return median, least and most windows a CPU second of each."""
    for row in rows.values():
        row()
    found: dict[str, list[float]] = {name: [] for name in rows}
    for number in range(rounds):
        for name, row in rows.items():
            found[name].append(row())
        print(f"round {number + 1} of {rounds}", file=sys.stderr)
    return {name: (statistics.median(v), min(v), max(v)) for name, v in found.items()}


def speed(options: argparse.Namespace) -> dict[str, object]:
    """Measure with SeisBench where it is at hand."""
    records = make_records(options.records)
    rows = our_rows(records)
    if options.peer == "none" or (options.peer is None and not peer_place(_PEER_NAME).exists()):
        return {"peer": "none", "rows": measure(rows, options.rounds)}
    peer = Peer(peer_python(_PEER_NAME, [_PEER_PACKAGE]), _PEER)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "records.npz"
        np.savez(path, records=np.stack([one.acceleration_m_s2 for one in records]))
        told = peer.ask("open", path, 64)
    count = len(records)
    rows["SeisBench PhaseNet, annotate"] = lambda: (
        count / float(str(peer.ask("pick", count)["cpu_s"]))
    )
    found = measure(rows, options.rounds)
    peer.close()
    return {"peer": f"SeisBench {told['version']}, torch {told['torch']}", "rows": found}


def accuracy(data: Path) -> dict[str, dict[str, float]]:
    """Return how right the picks of whole validation records are."""
    from training.data.sets import read_pools  # noqa: PLC0415 - TensorFlow is the part of training
    from training.score.picks import judge_picks  # noqa: PLC0415
    from training.zoo import zoo  # noqa: PLC0415

    recipe = zoo()["eqd_picker_wide"].sound
    pool = read_pools([data], recipe, ("validation",))["validation"]
    picker = InlinePicker(open_bundle_network(None, ["cpu"]), PickingConfig())
    rows = [row for row in range(len(pool.p)) if np.isfinite(pool.p[row])]
    records = [
        Seismogram(str(row), 0, _RATE_HZ, np.asarray(pool.recordings[row].samples, np.float32))
        for row in rows
    ]
    picks = [picker.pick([record])[0] for record in records]
    found: dict[str, dict[str, float]] = {}
    for phase, known in ((Phase.P, pool.p), (Phase.S, pool.s)):
        # Where S is not told it may be there all the same: such records say nothing of S.
        judged = [i for i, row in enumerate(rows) if np.isfinite(known[row])]
        metrics = judge_picks(
            [[p.time_ns / 1e9 for p in picks[i] if p.phase is phase] for i in judged],
            [[float(known[rows[i]]) / _RATE_HZ] for i in judged],
        )
        errors = [
            (pick.time_ns / 1e9 - known[rows[i]] / _RATE_HZ) / pick.uncertainty_s
            for i in judged
            for pick in picks[i]
            if pick.phase is phase
        ]
        right = [error for error in errors if abs(error) < 5]
        found[phase.value] = {
            "arrivals": metrics.arrivals,
            "within 0.1 s": round(metrics.within_close.share, 3),
            "within 0.5 s": round(metrics.recall, 3),
            "picks that are right": round(metrics.precision, 3),
            "rms of error / uncertainty": round(float(np.sqrt(np.mean(np.square(right)))), 2),
        }
    return found


def main() -> int:
    """Run and print; 1 where the picks are worse than they were."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--records", type=int, default=16)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--peer", choices=["seisbench", "none"])
    parser.add_argument("--accuracy", type=Path, metavar="DATA")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    if options.accuracy is not None:
        report: dict[str, object] = {"accuracy": accuracy(options.accuracy)}
    else:
        report = speed(options) | {"unit": "windows of 60 s a CPU second: median, least, most"}
        report["pool, wall s"] = pool_s(make_records(options.records), options.rounds)
    report |= {
        "network": own_bundle().stem,
        "machine": platform.machine(),
        "python": platform.python_version(),
        "onnxruntime": onnxruntime.__version__,
        "load": os.getloadavg()[0],
    }
    if options.json:
        print(json.dumps(report, indent=2))
    else:
        _print(report)
    found = report.get("accuracy")
    if not isinstance(found, dict):
        return 0
    worse = [
        f"{phase} {what}: {found[phase][what]:g}, least {least:g}"
        for what, of_phase in _LEAST.items()
        for phase, least in of_phase.items()
        if found[phase][what] < least
    ]
    print("\n".join(worse), file=sys.stderr)
    return int(bool(worse))


def _print(report: dict[str, object]) -> None:
    for name, value in report.items():
        if name == "rows" and isinstance(value, dict):
            for row, (median, least, most) in value.items():
                print(f"{median:8.1f}  ({least:.1f} to {most:.1f})  {row}")
        elif name == "accuracy" and isinstance(value, dict):
            for phase, figures in value.items():
                print(f"{phase}: " + ", ".join(f"{what} {n:g}" for what, n in figures.items()))
        else:
            print(f"{name}: {value}")


if __name__ == "__main__":
    sys.exit(main())
