"""Gives an agent its updates, where its station file wants them."""

from collections.abc import Callable, Iterator
from dataclasses import replace

from edge.config import StationConfig
from edge.outbox import Outbox
from edge.reconfigure.probation import Vitals
from edge.reconfigure.remote import Remote
from edge.reconfigure.ring import takes_settings
from edge.software.launched import told
from edge.station import Station
from edge.update.part import Part
from edge.update.settings_part import SettingsPart
from edge.update.supervisor import Supervisor, Wires


def supervised(config: StationConfig, remote: Remote | None, outbox: Outbox) -> Supervisor | None:
    """Return who looks after updates; None where nobody does, or the agent cannot start anew."""
    if remote is None or not config.update.enabled:
        return None
    parts = tuple(_parts(config, remote, outbox))
    if not parts and not config.detection.model.enabled:
        return None
    return Supervisor(config, remote, parts=parts)


def _parts(config: StationConfig, remote: Remote, outbox: Outbox) -> Iterator[Part]:
    """Yield who looks after the kinds beside networks that a station takes."""
    if takes_settings(config):
        yield SettingsPart(remote)
    if config.update.software:
        from edge.software.part import SoftwarePart  # noqa: PLC0415 - where it is wanted

        yield SoftwarePart(config, remote, outbox, told())


def listening(station: Station, supervisor: Supervisor) -> Station:
    """Let a supervisor hear the detectors, and tell what should have been in charge."""
    thresholds = _thresholds(station)
    station.pipeline.listeners.append(lambda seen: supervisor.listen(seen, thresholds()))
    return replace(station, models=(*station.models, *supervisor.chosen.passed_over))


def wires_of(station: Station, vitals: Callable[[], Vitals]) -> Wires:
    """Return what a supervisor asks of a station.

    Args:
        station: The station.
        vitals: Says how it is.
    """
    pipeline = station.pipeline
    return Wires(vitals, lambda: pipeline.triggers, _thresholds(station))


def _thresholds(station: Station) -> Callable[[], dict[str, float]]:
    detectors = station.pipeline.detectors
    return lambda: {one.name: one.threshold for one in detectors}
