"""Shows a station to Home Assistant, and takes it away again.

The discovery message is retained and told anew at every connection, so that a broker that forgot
it, and a Home Assistant that starts later, have it. The broker keeps it when the section is taken
out of the station file; so the station remembers on disk what it showed and where, and takes it
away at the next start without the section, by way of the outbox: that survives a broker that is
away.
"""

import os
from pathlib import Path
from typing import Final

import structlog
from pydantic import BaseModel, ConfigDict, ValidationError

from edge.config import StationConfig
from edge.homeassistant.discovery import discovery, withdrawal
from edge.outbox import Lane, Outbox
from edge.station import Station

_log = structlog.get_logger(__name__)

_FILE: Final = "home_assistant.json"


class _Shown(BaseModel):
    """The file."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    topic: str
    device: str
    components: dict[str, str]
    """Platform by key, of all that the topic ever spoke of."""


def shown_to_home_assistant(station: Station, outbox: Outbox) -> list[tuple[str, bytes]]:
    """Return topic and payload to be retained, if any; withdraw what stood there before.

    Args:
        station: The station.
        outbox: Takes the withdrawal.
    """
    file = _file(station.config)
    before = _read(file)
    sensor = station.source.describe().sensor
    found = discovery(station.config, sensor)
    if before is not None and found is not None and before.topic == found.topic:
        found = discovery(station.config, sensor, before.components)
    elif before is not None:
        for payload in (withdrawal(before.device, before.components), b""):
            outbox.put(before.topic, payload, lane=Lane.REPLY, retain=True)
        _log.info("home_assistant_withdrawn", topic=before.topic)
    now = None
    if found is not None:
        now = _Shown(topic=found.topic, device=found.device, components=dict(found.components))
    if before != now:
        _write(file, now)
    return [] if found is None else [(found.topic, found.payload)]


def _file(config: StationConfig) -> Path:
    return config.state_dir / _FILE


def _read(file: Path) -> _Shown | None:
    try:
        return _Shown.model_validate_json(file.read_bytes())
    except FileNotFoundError:
        return None
    except (OSError, ValidationError) as error:
        _log.warning("home_assistant_unreadable", path=str(file), reason=str(error))
        return None


def _write(file: Path, shown: _Shown | None) -> None:
    """Remember what was shown; a disk that does not take it leaves a device behind."""
    try:
        if shown is None:
            file.unlink(missing_ok=True)
            return
        partial = file.with_suffix(".part")
        with partial.open("wb") as out:
            out.write(shown.model_dump_json().encode())
            out.flush()
            os.fsync(out.fileno())
        partial.replace(file)
    except OSError as error:
        _log.warning("home_assistant_not_noted", path=str(file), reason=str(error))
