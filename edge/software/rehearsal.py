"""What new software does before it may run a station, with copies of what the station keeps.

    python -P -m edge.software.rehearsal STATION.toml COPY

Runs in the new release, and is called by the one before it: the two words, and the report in the
last line, stay as they are for ever. The report says `version`, and `refused` where it must not
run.
"""

import sys
from pathlib import Path
from typing import Any, Final

from edge import __version__
from edge.config import StationConfig
from edge.detect.loading import load_detectors
from edge.errors import ConfigError, TremorError
from edge.outbox import Lane, Outbox
from edge.reconfigure.effective import load_effective_config
from edge.sensor import load_sensor_profile
from edge.signal.proof import prove_filters
from edge.software.state import OUTBOX
from edge.update.child import peak_mb, tell
from edge.update.start import in_charge
from edge.update.store import UpdateStore
from edge.update.targets import Kind

_TOPIC: Final = "tremor/v1/rehearsal"


def rehearse(file: Path, copy: Path) -> dict[str, Any]:
    """Return what came of a rehearsal.

    Args:
        file: The station file, with what was changed from afar over it.
        copy: A copy of what the station keeps.
    """
    report: dict[str, Any] = {"version": __version__}
    try:
        config = load_effective_config(file)
    except ConfigError as error:
        return report | {"refused": f"the station file does not fit it: {error}"}
    here = config.model_copy(update={"state_dir": copy})
    try:
        report["network"] = _network_of(here)
        _use_state(copy)
    except TremorError as error:
        return report | {"refused": str(error)}
    return report | {"memory_mb": round(peak_mb(), 1)}


def _network_of(config: StationConfig) -> str | None:
    """Prove filters, sensor and network.

    Returns:
        The hash of the network that runs, its golden outputs reproduced; None where none does.
    """
    prove_filters()
    sensor = getattr(config.source, "sensor", None)
    if sensor is not None:
        load_sensor_profile(sensor)
    _, models = load_detectors(in_charge(config).detection)
    return next((one.sha256 for one in models if one.running), None)


def _use_state(copy: Path) -> None:
    """Use what the station keeps as the agent does: read all of it, and write to it."""
    outbox = Outbox(copy / OUTBOX)
    try:
        outbox.put(_TOPIC, b"{}", lane=Lane.REPLY)
    finally:
        outbox.close()
    for kind in Kind:
        store = UpdateStore(copy, kind=kind)
        if store.path.is_file():
            record = store.read()
            store.disk.put(store.path, record.model_dump_json(indent=1).encode())


def main() -> None:
    """Rehearse, and tell."""
    tell(rehearse(Path(sys.argv[1]), Path(sys.argv[2])))


if __name__ == "__main__":
    main()
