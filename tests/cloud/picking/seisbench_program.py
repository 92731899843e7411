"""What the tests of SeisBench run where it is installed; prints JSON.

    python tests/cloud/picking/seisbench_program.py FOLDER

A PhaseNet and an EQTransformer with random weights are saved in FOLDER, opened through the kit, and
asked for records of several rates and lengths.
"""

import json
import sys
from pathlib import Path

import numpy as np
import obspy
import seisbench.models
import torch

from cloud.errors import PickerError
from cloud.picking import PickingConfig, open_picker
from cloud.picking.config import SeisBenchNetworkConfig
from cloud.picking.seisbench_network import open_seisbench_network
from cloud.seismogram import Seismogram
from edge.messages import Phase

_START_NS = 1_600_000_000_000_000_000


def _record(seconds: float, rate_hz: float, *, upright: bool = False) -> Seismogram:
    rng = np.random.default_rng(1)
    samples = rng.standard_normal((round(seconds * rate_hz), 3)).astype(np.float32)
    if upright:
        samples[:, 1:] = np.nan
    return Seismogram("XX.A", _START_NS, rate_hz, samples)


def _saved(model: str, folder: Path) -> str:
    torch.manual_seed(1)
    made = getattr(seisbench.models, model)(norm="peak")
    path = folder / model
    made.save(path)
    return f"{path}.pt"


def _direct(weights: str, record: Seismogram) -> np.ndarray:
    """Return the curve of P as SeisBench itself gives it."""
    model = seisbench.models.PhaseNet.load(weights.removesuffix(".pt"))
    header = {"network": "XX", "station": "A", "sampling_rate": record.rate_hz}
    start = obspy.UTCDateTime(ns=record.start_ns)
    stream = obspy.Stream(
        obspy.Trace(column.copy(), header | {"channel": f"HN{letter}", "starttime": start})
        for column, letter in zip(record.acceleration_m_s2.T, "ZNE", strict=True)
    )
    return model.annotate(stream).select(channel="*_P")[0].data


def main(folder: Path) -> None:
    """Print what came of it."""
    weights = _saved("PhaseNet", folder)
    config = SeisBenchNetworkConfig(type="seisbench", model="PhaseNet", weights=weights)
    network = open_seisbench_network(config)
    whole = _record(60, 100)
    records = [whole, _record(10, 100), _record(90, 31.25), _record(60, 100, upright=True)]
    curves = network.curves(records)
    spans = [
        [
            (one.start_ns - _START_NS) / 1e9,
            len(one.probabilities[Phase.P]) / one.rate_hz,
        ]
        for one in curves
    ]
    direct = _direct(weights, whole)
    ours = curves[0].probabilities[Phase.P]
    with open_picker(PickingConfig(network=config, p_threshold=0.001)) as picker:
        picks = picker.pick([whole])[0]
        name = picker.name
    refused = ""
    try:
        open_seisbench_network(config.model_copy(update={"weights": str(folder / "none.pt")}))
    except PickerError as error:
        refused = str(error)
    transformer = SeisBenchNetworkConfig(
        type="seisbench", model="EQTransformer", weights=_saved("EQTransformer", folder)
    )
    told = {
        "name": name,
        "spans": spans,
        "difference": float(np.abs(direct - ours).max()) if len(direct) == len(ours) else None,
        "picks": len(picks),
        "refused": refused,
        "transformer": [
            len(one.probabilities[Phase.S])
            for one in open_seisbench_network(transformer).curves([whole])
        ],
    }
    sys.stdout.write(json.dumps(told) + "\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
