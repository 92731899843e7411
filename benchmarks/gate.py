"""What the gate in front of a network saves, and what it costs in detections.

    python benchmarks/gate.py [--data ../shared/data] [--network NAME ...] [--every 6] [--rounds 5]

OpenEEW records of 2017 and 2018, which networks here were trained on, through the station's
pipeline: always asked, behind the gate, and STA/LTA alone. CPU time over every n-th record, the
three ways in turn, medians over the rounds; triggers over all records, once. A P pick of the list
(quality A or B) is met where a trigger that stays has its onset within a second of it. The test
events of 2019 and 2020 are not opened.
"""

import argparse
import csv
import os
import statistics
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from edge.config import DetectionSection, StationSection
from edge.detect.loading import load_detectors
from edge.messages import Trigger, TriggerStatus
from edge.packet import Packet
from edge.pipeline import StationPipeline
from edge.sources import OpenEewConfig
from edge.sources.base import SourceDescription

_YEARS = ("2017", "2018")
_NETWORKS = ("tremor_stream", "quake_cnn", "cred")
_STATION = StationSection(network="XX", station="BENCH", latitude=17, longitude=-98)
_MET_S = 1.0


@dataclass(frozen=True, slots=True)
class Record:
    """One station's record of an event."""

    event: str
    station: str
    source: SourceDescription
    packets: Sequence[Packet]

    @property
    def hours(self) -> float:
        """Length of the record."""
        nominal_hz = self.source.nominal_rate_hz
        return sum(len(packet.samples) for packet in self.packets) / nominal_hz / 3600


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--network", action="append", choices=_NETWORKS)
    parser.add_argument("--every", type=int, default=6)
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    folder = options.data / "openeew_mx"
    if not folder.is_dir():
        print(f"no records at {folder}: skipped")
        return
    records = read_records(folder)
    timed = records[:: options.every]
    print(
        f"load {os.getloadavg()[0]:.1f}, {os.cpu_count()} cores; CPU-s an hour of stream over "
        f"{len(timed)} of {len(records)} records, {sum(one.hours for one in timed):.1f} h"
    )
    print("| network | always asked | behind the gate | STA/LTA alone |\n|---|---|---|---|")
    for name in options.network or _NETWORKS:
        costs = cpu(timed, ways(name), max(5, options.rounds))
        print(f"| `{name}` | " + " | ".join(f"{cost:.1f}" for cost in costs) + " |", flush=True)
    picks = read_picks(folder)
    print(f"\ntremor_stream over {sum(one.hours for one in records):.1f} h")
    print(f"| | triggers that stay | P picks met, of {len(picks)} |\n|---|---|---|")
    for way, config in zip(
        ("always asked", "behind the gate"), ways("tremor_stream"), strict=False
    ):
        triggers = {(one.event, one.station): standing(one, config) for one in records}
        kept = sum(len(found) for found in triggers.values())
        met = sum(is_met(time_s, triggers.get(key, [])) for key, time_s in picks)
        print(f"| {way} | {kept} | {met} |", flush=True)


def read_records(folder: Path) -> list[Record]:
    """Return the records of the years that networks were trained on, in order."""
    found = []
    for event in sorted(one for one in folder.iterdir() if one.name.startswith(_YEARS)):
        for station in sorted(one for one in event.iterdir() if one.is_dir()):
            source = OpenEewConfig(paths=(station,)).open()
            packets = list(source.packets())
            found.append(Record(event.name, station.name, source.describe(), packets))
    return found


def read_picks(folder: Path) -> list[tuple[tuple[str, str], float]]:
    """Return event, station and time (s since 1970) of the good picks of these years."""
    with (folder / "openeew_ppicks_auto.csv").open(newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["event"].startswith(_YEARS)]
    good = [row for row in rows if row["quality"] in set("AB") and row["auto_p_epoch"]]
    return [((row["event"], row["station"]), float(row["auto_p_epoch"])) for row in good]


def ways(network: str) -> list[DetectionSection]:
    """Return the three configurations: always asked, behind the gate, STA/LTA alone."""
    model = {"bundle": network}
    configs: list[dict[str, object]] = [
        {"model": model},
        {"model": model, "gate": {"enabled": True}},
        {"model": {"enabled": False}},
    ]
    return [DetectionSection.model_validate(config) for config in configs]


def cpu(records: Sequence[Record], configs: Sequence[DetectionSection], rounds: int) -> list[float]:
    """Return the CPU seconds an hour of stream of each configuration, median over the rounds."""
    hours = sum(record.hours for record in records)
    turns: list[list[float]] = [[] for _ in configs]
    for _ in range(rounds):
        for taken, config in zip(turns, configs, strict=True):
            taken.append(sum(run(record, config)[1] for record in records) / hours)
    return [statistics.median(taken) for taken in turns]


def standing(record: Record, config: DetectionSection) -> list[float]:
    """Return the last onset (s since 1970) of each trigger that was not taken back."""
    last = {trigger.id: trigger for trigger in run(record, config)[0]}
    kept = [one for one in last.values() if one.status is not TriggerStatus.RETRACTED]
    return [one.onset / 1e9 for one in kept]


def run(record: Record, config: DetectionSection) -> tuple[list[Trigger], float]:
    """Return all revisions of a record, and the CPU seconds that they took."""
    detectors, _ = load_detectors(config)
    pipeline = StationPipeline(_STATION, config, detectors, record.source)
    begin_s = time.process_time()
    triggers = [trigger for packet in record.packets for trigger in pipeline.push(packet)]
    triggers += pipeline.flush()
    return triggers, time.process_time() - begin_s


def is_met(pick_s: float, onsets_s: Sequence[float]) -> bool:
    """Tell whether a trigger has its onset at a pick."""
    return any(abs(onset_s - pick_s) < _MET_S for onset_s in onsets_s)


if __name__ == "__main__":
    main()
