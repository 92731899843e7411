"""How often the local alarm rings on recordings, for what, and how long before the worst of it.

    python benchmarks/alarm.py [--data ../shared/data] [--spread]

The folder holds openeew_mx/ and taiwan_20210418/. With --spread other rules are tried beside the
default, on the years 2017 and 2018 only, on which the network was trained.

Every record goes through the pipeline with the network that came with the agent. A record is
strong where its JMA intensity, by the filter over all of it, reaches 2.5 (what the JMA calls 3:
felt by most people). An alarm on a weaker record is a nuisance, one before any trigger's onset
would be a false one. `lead` is from the alarm to the largest acceleration of the record.
"""

import argparse
import statistics
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from edge.alarm.config import AlarmRuleConfig
from edge.alarm.rule import AlarmRule, Ring
from edge.config import DetectionSection, StationSection
from edge.detect.loading import load_detectors
from edge.packet import Block
from edge.pipeline import StationPipeline
from edge.signal.filters import StreamingFilter
from edge.signal.intensity import INTENSITY_RATE_HZ, intensity_of, jma_sections
from edge.signal.resample import Resampler
from edge.sources.base import Source
from edge.sources.cwa import CwaConfig
from edge.sources.openeew import OpenEewConfig

_STATION = StationSection(network="XX", station="A", latitude=0, longitude=0)
_STRONG = 2.5
_SPREAD: dict[str, dict[str, object]] = {
    "default": {},
    "without intensity": {"jma_intensity": -3},
    "without intensity, pga 0.2": {"jma_intensity": -3, "pga_m_s2": 0.2},
    "intensity 1.5": {"jma_intensity": 1.5},
    "intensity 3.5": {"jma_intensity": 3.5},
    "at once": {"after_s": 0.0, "sustained_s": 0.0},
    "sustained 1 s": {"sustained_s": 1.0},
    "sustained 3 s": {"sustained_s": 3.0},
    "any detector": {"detectors": "any"},
}


@dataclass(frozen=True)
class Outcome:
    """What one record did."""

    hours: float
    intensity: float
    peak_ns: int
    rings: dict[str, list[Ring]]


def main() -> None:
    """Run and print tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--spread", action="store_true")
    options = parser.parse_args()
    if not options.data.is_dir():
        print(f"left out: there are no recordings at {options.data}")
        return
    rules = _SPREAD if options.spread else {"default": _SPREAD["default"]}
    print(
        "| data | hours | rule | strong records | rang | lead, median and range, s "
        "| weaker records that rang | strongest that did not ring |\n|---|---|---|---|---|---|---|---|"
    )
    for title, sources in _sets(options.data, training_only=options.spread):
        outcomes = [_outcome(source, rules) for source in sources]
        for rule in rules:
            print(_row(title, rule, outcomes), flush=True)


def _sets(data: Path, *, training_only: bool) -> Iterable[tuple[str, list[Source]]]:
    events = sorted(one for one in (data / "openeew_mx").iterdir() if one.name[:2] == "20")
    for title, years in (("OpenEEW 2017-2018", "78"), ("OpenEEW 2019-2020", "90")):
        if training_only and years == "90":
            return
        chosen = [event for event in events if event.name[3] in years]
        stations = [one for event in chosen for one in sorted(event.iterdir()) if one.is_dir()]
        yield title, [OpenEewConfig(paths=(one,)).open() for one in stations]
    files = sorted((data / "taiwan_20210418").glob("*.dat.gz"))
    yield "Taiwan 2021-04-18", [CwaConfig(paths=(one,)).open() for one in files]


def _outcome(source: Source, rules: dict[str, dict[str, object]]) -> Outcome:
    config = DetectionSection()
    detectors, _ = load_detectors(config)
    pipeline = StationPipeline(_STATION, config, detectors, source.describe())
    watchers = {
        name: AlarmRule(AlarmRuleConfig.model_validate(rule), 60, detectors, pipeline.motion)
        for name, rule in rules.items()
    }
    rings: dict[str, list[Ring]] = {name: [] for name in rules}
    blocks: list[Block] = []
    pipeline.taps.append(blocks.append)
    for name, watcher in watchers.items():
        pipeline.listeners.append(
            lambda seen, watcher=watcher, found=rings[name]: found.extend(
                ring for ring in (watcher.push(seen),) if ring is not None
            )
        )
    for packet in source.packets():
        pipeline.push(packet)
    pipeline.flush()
    intensity, peak_ns = _strength(blocks)
    seconds = sum(len(block.samples) / block.rate_hz for block in blocks)
    return Outcome(seconds / 3600, intensity, peak_ns, rings)


def _strength(blocks: Sequence[Block]) -> tuple[float, int]:
    """Return the JMA intensity of a whole record, and when its weighted acceleration peaks."""
    best, peak_ns = -9.0, 0
    for stretch in _stretches(blocks):
        resampler, weight = (
            Resampler(INTENSITY_RATE_HZ),
            StreamingFilter(jma_sections(), channels=3),
        )
        first = replace(stretch[0], continues=False)
        made = [one for one in map(resampler.push, (first, *stretch[1:])) if one is not None]
        if not made:
            continue
        samples = np.nan_to_num(np.concatenate([one.samples for one in made]))
        weight.reset(samples[0].astype(np.float64))
        weighted = weight(samples)
        intensity = intensity_of(weighted, INTENSITY_RATE_HZ)
        if intensity is not None and intensity > best:
            peak = int(np.square(weighted).sum(axis=1).argmax())
            best, peak_ns = intensity, made[0].start_ns + round(peak * 1e9 / INTENSITY_RATE_HZ)
    return best, peak_ns


def _stretches(blocks: Sequence[Block]) -> list[list[Block]]:
    found: list[list[Block]] = []
    for block in blocks:
        if not block.continues or not found:
            found.append([])
        found[-1].append(block)
    return found


def _row(title: str, rule: str, outcomes: Sequence[Outcome]) -> str:
    strong = [one for one in outcomes if one.intensity >= _STRONG]
    weak = [one for one in outcomes if one.intensity < _STRONG]
    rang = [one for one in strong if one.rings[rule]]
    leads = [(one.peak_ns - one.rings[rule][0].time_ns) / 1e9 for one in rang]
    told = f"{statistics.median(leads):.1f} ({min(leads):.1f} to {max(leads):.1f})" if leads else ""
    missed = max((one.intensity for one in strong if not one.rings[rule]), default=None)
    nuisances = sorted(one.intensity for one in weak if one.rings[rule])
    weaker = f"{len(nuisances)} of {len(weak)}"
    if nuisances:
        weaker += f" (intensity {nuisances[0]:.1f} to {nuisances[-1]:.1f})"
    hours = sum(one.hours for one in outcomes)
    left = "" if missed is None else f"{missed:.1f}"
    return f"| {title} | {hours:.1f} | {rule} | {len(strong)} of {len(outcomes)} | {len(rang)} | {told} | {weaker} | {left} |"


if __name__ == "__main__":
    main()
