"""Shows a station to Home Assistant, and takes it away again.

The discovery message is retained and told anew at every connection, so that a broker that forgot
it, and a Home Assistant that starts later, have it. The broker keeps it when the section is taken
out of the station file; so the station remembers on disk where it stands, and at the next start
without the section publishes nothing in its place, by way of the outbox: that survives a broker
that is away.
"""

import os
from pathlib import Path
from typing import Final

import structlog
from pydantic import BaseModel, ConfigDict, ValidationError

from edge.config import StationConfig
from edge.homeassistant.discovery import discovery
from edge.outbox import Lane, Outbox
from edge.station import Station

_log = structlog.get_logger(__name__)

_FILE: Final = "home_assistant.json"


class _Shown(BaseModel):
    """The file."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    topic: str


def shown_to_home_assistant(station: Station, outbox: Outbox) -> list[tuple[str, bytes]]:
    """Return topic and payload to be retained, if any; withdraw what stood there before.

    Args:
        station: The station.
        outbox: Takes the withdrawal.
    """
    message = discovery(station.config, station.source.describe().sensor)
    wanted = None if message is None else message[0]
    file = _file(station.config)
    before = _read(file)
    if before is not None and before != wanted:
        outbox.put(before, b"", lane=Lane.REPLY, retain=True)
        _log.info("home_assistant_withdrawn", topic=before)
    if before != wanted:
        _write(file, wanted)
    return [] if message is None else [message]


def _file(config: StationConfig) -> Path:
    return config.state_dir / _FILE


def _read(file: Path) -> str | None:
    try:
        return _Shown.model_validate_json(file.read_bytes()).topic
    except FileNotFoundError:
        return None
    except (OSError, ValidationError) as error:
        _log.warning("home_assistant_unreadable", path=str(file), reason=str(error))
        return None


def _write(file: Path, topic: str | None) -> None:
    """Remember where the message stands; a disk that does not take it leaves a device behind."""
    try:
        if topic is None:
            file.unlink(missing_ok=True)
            return
        partial = file.with_suffix(".part")
        with partial.open("wb") as out:
            out.write(_Shown(topic=topic).model_dump_json().encode())
            out.flush()
            os.fsync(out.fileno())
        partial.replace(file)
    except OSError as error:
        _log.warning("home_assistant_not_noted", path=str(file), reason=str(error))
