"""The agent's side: broker and repository of updates, and a certificate, in time.

Detection never waits for it: until the station has its certificate, triggers wait in the outbox.
"""

import asyncio
import json
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import structlog

from edge.concurrency import until_first, wait_at_most
from edge.config import StationConfig
from edge.enrol.config import GRACE_S, REFUSED, EnrolmentSection
from edge.enrol.identity import IdentityStore, Kept
from edge.enrol.ticket import read_ticket
from edge.enrol.wire import UPDATES_PATH
from edge.errors import EnrolError, UpdateRefusedError
from edge.reconfigure.remote import Remote
from edge.timestamps import format_time, ns_to_seconds
from edge.update.child import command, run_beside

_log = structlog.get_logger(__name__)

_LOOK_S: Final = 3600.0
_REFUSED_S: Final = 1800.0
"""Who was refused asks again, for an operator may have helped, but not as often."""


@dataclass(frozen=True, slots=True)
class _Centre:
    """What the centre, or the card, says of where things are."""

    broker: str
    broker_port: int
    url: str


def let_in(config: StationConfig) -> StationConfig:
    """Return the configuration with what the enrolment gave: broker, certificate, repository.

    A host, a port and an address of updates that stand in the file count; a file without them goes
    by the centre. The files of the certificate need not be there yet.
    """
    if config.enrolment is None:
        return config
    store = IdentityStore(config.state_dir)
    mqtt: dict[str, object] = {"tls": store.tls_config}
    update: dict[str, object] = {}
    centre = _centre(config, store)
    if centre is not None:
        mqtt |= {"host": centre.broker, "port": centre.broker_port}
        if config.update.url is None:
            update = {"url": f"{centre.url}{UPDATES_PATH}", "ca_file": store.authority}
            update |= config.update.model_dump(include={"ca_file"}, exclude_none=True)
    wanted = {key: value for key, value in mqtt.items() if key not in _given(config)}
    return config.model_copy(
        update={
            "mqtt": config.mqtt.model_copy(update=wanted),
            "update": config.update.model_copy(update=update),
        }
    )


def enrolling(config: StationConfig, remote: Remote | None) -> "Enrolling | None":
    """Return who enrols the station; None where its file has no `[enrolment]`.

    Args:
        config: As the station file has it.
        remote: Starts the agent anew where the broker moved.
    """
    if config.enrolment is None:
        return None
    return Enrolling(config, remote.want_restart if remote is not None else lambda: None)


class Enrolling:
    """Keeps a station enrolled while its agent runs.

    Args:
        config: As the station file has it.
        moved: Called where the centre names another broker than the agent knows.
        line: The command line of an attempt; that of `edge.enrol.child` where left out.

    Attributes:
        config: As the agent is to run it.
    """

    def __init__(
        self,
        config: StationConfig,
        moved: Callable[[], None] = lambda: None,
        line: Sequence[str] | None = None,
    ) -> None:
        self.config = let_in(config)
        self._given = _given(config)
        self._section = config.enrolment or EnrolmentSection()
        self._store = IdentityStore(config.state_dir)
        self._moved = moved
        self._line = line or _line(config, self._section)
        self._enrolled = asyncio.Event()
        self._told: str | None = None

    async def until_enrolled(self, stop: asyncio.Event) -> bool:
        """Wait until there is a certificate; return False where `stop` is set before."""
        if not self._enrolled.is_set():
            await until_first(self._enrolled.wait(), stop.wait())
        return self._enrolled.is_set()

    async def run(self) -> None:
        """Enrol, then renew in time, for ever."""
        never = asyncio.Event()
        while True:
            delay_s = await self._step()
            await wait_at_most(never, delay_s)

    async def _step(self) -> float:
        """Do what is to be done; return seconds until the next look."""
        try:
            kept = _of_this_station(self._store, self.config)
            if kept is not None:
                self._use(kept)
                if time.time_ns() < kept.renew_at_ns and not self._has_token():
                    left_s = ns_to_seconds(kept.renew_at_ns - time.time_ns())
                    return min(_LOOK_S, max(1.0, left_s))
        except (EnrolError, OSError) as error:
            self._tell("files", str(error))
        return await self._attempt()

    async def _attempt(self) -> float:
        most_s = self._section.timeout_s + GRACE_S
        try:
            _, said, trouble = await run_beside(self._line, most_s)
            found = json.loads(said)
        except (UpdateRefusedError, ValueError, OSError) as error:
            self._tell("process", f"{error}")
            return self._section.retry_s
        if "failed" in found:
            self._tell(found["failed"], found["reason"])
            is_refused = found["failed"] == REFUSED
            return max(self._section.retry_s, _REFUSED_S if is_refused else 0.0)
        if trouble:
            _log.warning("enrolment_said", text=trouble.decode("utf-8", "replace")[-200:])
        self._told = None
        try:
            kept = self._store.read()
        except EnrolError as error:
            self._tell(error.stage, error.reason)
            return self._section.retry_s
        if kept is not None:
            _log.info(found["done"], until=format_time(kept.grant.not_after))
            self._use(kept)
        return 1.0

    def _use(self, kept: Kept) -> None:
        """Let the agent connect; an address that it does not know wants another start."""
        self._store.lay_out(kept)
        mqtt = self.config.mqtt
        known = {"host": mqtt.host, "port": mqtt.port}
        told = {"host": kept.grant.broker, "port": kept.grant.broker_port}
        is_moved = any(told[key] != known[key] for key in told if key not in self._given)
        wants_updates = self.config.update.enabled and self.config.update.url is None
        if is_moved or wants_updates:
            _log.warning("centre_told_addresses", **told, url=kept.grant.url)
            self._moved()
            return
        self._enrolled.set()

    def _has_token(self) -> bool:
        return _token(self._section, self._store).exists()

    def _tell(self, stage: str, reason: str) -> None:
        """Say why there is no certificate: once a reason, for attempts go on for ever."""
        if self._told != stage:
            _log.warning("not_enrolled", stage=stage, reason=reason)
            self._told = stage


def _of_this_station(store: IdentityStore, config: StationConfig) -> Kept | None:
    """Return what is kept; None where there is nothing, or it is another station's."""
    kept = store.read()
    own = (config.station.network, config.station.station)
    return kept if kept is not None and (kept.network, kept.station) == own else None


def _centre(config: StationConfig, store: IdentityStore) -> _Centre | None:
    """Return where things are: as last heard, or as the card says; None where nobody said."""
    try:
        kept = _of_this_station(store, config)
        if kept is not None:
            return _Centre(kept.grant.broker, kept.grant.broker_port, kept.grant.url)
        ticket = read_ticket(_token(config.enrolment or EnrolmentSection(), store))
    except EnrolError:
        return None  # told by the first attempt; detection goes on
    return None if ticket is None else _Centre(ticket.broker, ticket.broker_port, ticket.url)


def _token(section: EnrolmentSection, store: IdentityStore) -> Path:
    return section.token_file or store.default_token


def _given(config: StationConfig) -> set[str]:
    """Return what of the broker stands in the station file itself."""
    return config.mqtt.model_fields_set & {"host", "port", "tls"}


def _line(config: StationConfig, section: EnrolmentSection) -> Sequence[str]:
    place = config.station
    words = (str(config.state_dir), place.network, place.station, section.model_dump_json())
    return command("edge.enrol.child", words)
