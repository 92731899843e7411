"""All of the enrolment, put together by the centre's file, for commands and for the service."""

import asyncio
import socket
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

import structlog
from pydantic import TypeAdapter, ValidationError
from sqlalchemy import Engine

from cloud.config import ServiceConfig
from cloud.enrolment.authorities import Authorities, AuthorityFolder
from cloud.enrolment.config import EnrolmentConfig
from cloud.enrolment.desk import Desk
from cloud.enrolment.door import Door, enrolment_app
from cloud.enrolment.limiter import Limiter
from cloud.enrolment.lists import Lists
from cloud.enrolment.registry import Names, Registry
from cloud.enrolment.server import ServerCertificate
from cloud.errors import AuthorityError, WebAddressError
from edge.concurrency import until_first, wait_at_most
from edge.enrol.ticket import Ticket
from edge.errors import ConfigError
from edge.messages.base import Code
from edge.timestamps import NANOSECONDS_PER_SECOND

_log = structlog.get_logger(__name__)

_CODE: Final[TypeAdapter[str]] = TypeAdapter(Code)
_LOOK_S: Final = 60.0
_DAY_NS: Final = 86_400 * NANOSECONDS_PER_SECOND
_GROUP_READS: Final = 0o640


class Office:
    """What enrols stations.

    Args:
        config: The centre's file, with the section `[enrolment]`.
        engine: The database.
        now_ns: The clock.

    Raises:
        ConfigError: The section is missing, or the file of the passphrase cannot be read.
        AuthorityError: There is no authority that can be used.
    """

    def __init__(
        self, config: ServiceConfig, engine: Engine, now_ns: Callable[[], int] = time.time_ns
    ) -> None:
        self.section = section_of(config)
        self.registry = Registry(engine)
        self.engine = engine
        self.folder = authority_folder(config)
        self._authorities = AuthorityFolder(self.folder, passphrase_of(self.section))
        self._authorities.read()
        folder = self.section.broker_folder or config.state_dir / "broker"
        self.lists = Lists(
            folder,
            self.registry,
            config.mqtt.username or "centre",
            self.section.readers,
            self.section.home_assistant,
            self.section.reload,
        )
        self._updates = config.updates_folder
        self._now_ns = now_ns
        days = self.section.server_days
        self._own = ServerCertificate(self.folder, "centre", self.section.names, days)
        # Mosquitto, in the folder's group, reads it again while it runs.
        self._broker = ServerCertificate(
            folder, "broker", (self.section.broker,), days, _GROUP_READS
        )

    @property
    def authorities(self) -> Authorities:
        """Who signs now.

        Raises:
            AuthorityError: Nobody can.
        """
        return self._authorities.read()

    def refresh(self) -> bool:
        """Renew the certificates of broker and centre where it is time; True where one is new."""
        now_ns, known = self._now_ns(), self.authorities
        try:
            broker = self._broker.ensure(known.server, now_ns)
            own = self._own.ensure(known.server, now_ns)
        except OSError as error:
            raise AuthorityError("certificates", f"cannot be written: {error}") from error
        if broker:
            self.lists.write(known, now_ns)
        return own or broker

    def publish(self) -> None:
        """Write what Mosquitto reads."""
        self.lists.write(self.authorities, self._now_ns())

    def add(self, names: Names, port: int | None = None) -> Ticket:
        """Let a station in and return what goes onto its card; `publish` is the caller's."""
        now_ns = self._now_ns()
        expires_ns = now_ns + round(self.section.token_days * _DAY_NS)
        return Ticket(
            network=names[0],
            station=names[1],
            url=self.url(port),
            broker=self.section.broker,
            broker_port=self.section.broker_port,
            token=self.registry.add(names, now_ns, expires_ns),
            issued=now_ns,
            expires=expires_ns,
            authority=self.authorities.pem(self.authorities.server),
        )

    def url(self, port: int | None = None) -> str:
        """Return where stations enrol."""
        name = self.section.names[0]
        host = f"[{name}]" if ":" in name else name
        return f"https://{host}:{port or self.section.port}/"

    async def run(self, stop: asyncio.Event) -> None:
        """Serve stations until `stop` is set, and renew the certificates of the servers.

        Raises:
            WebAddressError: The port is taken.
        """
        await asyncio.to_thread(self.refresh)
        await asyncio.to_thread(self._publish_quietly)
        with _listen(self.section) as listener:
            port = listener.getsockname()[1]
            desk = Desk(
                lambda: self.authorities,
                self.registry,
                self.section,
                self.url(port),
                self._now_ns,
                self._publish_quietly,
            )
            app = enrolment_app(desk, self.registry, self._now_ns, Limiter(), self._updates)
            door = Door(app, listener, str(self._own.key))
            fingerprint = self.authorities.current.fingerprint
            _log.info("enrolment", address=self.url(port), authority=fingerprint)
            await until_first(door.run(stop), self._refresh_for_ever(door, stop))

    async def _refresh_for_ever(self, door: Door, stop: asyncio.Event) -> None:
        while not await wait_at_most(stop, _LOOK_S):
            try:
                await asyncio.to_thread(self.refresh)
                await asyncio.to_thread(door.read_certificate)
            except (AuthorityError, OSError) as error:
                _log.error("certificates_not_renewed", reason=str(error))
        await asyncio.Event().wait()  # the door closes by itself

    def _publish_quietly(self) -> None:
        try:
            self.publish()
        except AuthorityError as error:
            _log.error("broker_not_told", reason=str(error))


def now_ns() -> int:
    """Return the wall clock, nanoseconds since 1970 UTC."""
    return time.time_ns()


def names_of(text: str) -> Names | None:
    """Return network and station code of NETWORK.STATION; None where the text is none."""
    network, _, station = text.partition(".")
    try:
        return _CODE.validate_python(network), _CODE.validate_python(station)
    except ValidationError:
        return None


def section_of(config: ServiceConfig) -> EnrolmentConfig:
    """Return the section `[enrolment]`.

    Raises:
        ConfigError: It is missing.
    """
    if config.enrolment is None:
        problem = 'enrolment: is missing; add [enrolment] with names = ["..."] and broker = "..."'
        raise ConfigError(None, [problem])
    return config.enrolment


def authority_folder(config: ServiceConfig) -> Path:
    """Return where the authority's key and certificate are."""
    own = None if config.enrolment is None else config.enrolment.folder
    return own or config.state_dir / "authority"


def passphrase_of(section: EnrolmentConfig) -> str | None:
    """Return the passphrase of the authority's key; None where it has none.

    Raises:
        ConfigError: Its file cannot be read.
    """
    path = section.passphrase_file
    if path is None:
        return None
    try:
        return path.read_text(encoding="utf-8").partition("\n")[0].rstrip("\r")
    except (OSError, UnicodeDecodeError) as error:
        problem = f"enrolment.passphrase_file: cannot read {path}: {error}"
        raise ConfigError(None, [problem]) from error


def _listen(section: EnrolmentConfig) -> socket.socket:
    try:
        return socket.create_server((section.host, section.port), reuse_port=False)
    except OSError as error:
        raise WebAddressError(section.host, section.port, str(error)) from error
