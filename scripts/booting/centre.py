"""The centre on this machine: the kit's own commands, and a Mosquitto that wants certificates."""

import json
import signal
import socket
import subprocess
import sys
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

import paho.mqtt.client as mqtt
from paho.mqtt.enums import CallbackAPIVersion

from scripts.booting.system import HOST
from scripts.booting.tools import BootError, program, run

_COMMAND: Final = str(Path(sys.executable).with_name("cloud-aggregator"))
_PATIENCE_S: Final = 120
_TICK_S: Final = 0.2


def free_port() -> int:
    """Return a TCP port of the loopback that is free."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port: int = probe.getsockname()[1]
        return port


@dataclass(frozen=True)
class Heard:
    """A message that came to the broker."""

    at_s: float
    """By the monotonic clock."""
    topic: str
    content: dict[str, Any]


@dataclass(frozen=True)
class Ports:
    """Doors on the loopback of this machine."""

    watch: int = field(default_factory=free_port)
    """The broker's, for the centre."""
    stations: int = field(default_factory=free_port)
    """The broker's, by certificate."""
    enrolment: int = field(default_factory=free_port)
    page: int = field(default_factory=free_port)


class Centre:
    """A centre with its broker, as a context.

    Args:
        folder: For its state, made anew.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._file = folder / "centre.toml"
        self._ports = Ports()
        self._programs: list[subprocess.Popen[bytes]] = []
        self._heard: list[Heard] = []
        self._news = threading.Condition()

    @property
    def updates(self) -> str:
        """Where a station finds updates."""
        return f"http://{HOST}:{self._ports.page}/updates/"

    @property
    def file(self) -> Path:
        """The centre's configuration."""
        return self._file

    def __enter__(self) -> Self:
        self._folder.mkdir(parents=True)
        ports, state = self._ports, self._folder / "state"
        self._file.write_text(_CENTRE.format(state=state, host=HOST, ports=ports))
        run(_COMMAND, "ca", "init", "--config", self._file)
        configuration = self._folder / "mosquitto.conf"
        configuration.write_text(_MOSQUITTO.format(folder=state / "broker", ports=ports))
        self._start("mosquitto", program("mosquitto"), "-c", configuration)
        self._reach(ports.watch)
        self._start("centre", _COMMAND, "run", "--config", self._file)
        self._reach(ports.enrolment)
        self._client = mqtt.Client(CallbackAPIVersion.VERSION2, protocol=mqtt.MQTTv5)
        self._client.on_message = self._hear
        self._client.on_connect = lambda client, *_: client.subscribe("tremor/v1/#", qos=1)
        self._client.username_pw_set("centre")
        self._client.connect("127.0.0.1", ports.watch)
        self._client.loop_start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if hasattr(self, "_client"):
            self._client.disconnect()
            self._client.loop_stop()
        for process in reversed(self._programs):
            process.send_signal(signal.SIGTERM)
            process.wait(_PATIENCE_S)

    def token(self, station: str, out: Path) -> Path:
        """Let a station in, or in anew; return the token for its card."""
        out.unlink(missing_ok=True)
        run(_COMMAND, "station", "add", station, "--config", self._file, "--out", out)
        # Mosquitto reads who may come.
        self._programs[0].send_signal(signal.SIGHUP)
        return out

    def audit(self) -> list[dict[str, Any]]:
        """Return what the centre says of enrolments, the newest first."""
        said = run(_COMMAND, "station", "audit", "--config", self._file, "--json")
        lines: list[dict[str, Any]] = json.loads(said)
        return lines

    def heard(self, kind: str, since_s: float) -> list[Heard]:
        """Return messages of a kind that came since a time.

        Args:
            kind: Last part of the topic.
            since_s: By the monotonic clock.
        """
        with self._news:
            return [
                one
                for one in self._heard
                if one.topic.rpartition("/")[2] == kind and one.at_s >= since_s
            ]

    def wait(self, kind: str, since_s: float, timeout_s: float, **fields: object) -> Heard:
        """Return the first message of a kind that came since a time.

        Args:
            kind: Last part of the topic.
            since_s: By the monotonic clock.
            timeout_s: From now.
            fields: What must stand in it.

        Raises:
            BootError: None came.
        """
        until_s = time.monotonic() + timeout_s
        while time.monotonic() < until_s:
            for one in self.heard(kind, since_s):
                if all(one.content.get(key) == value for key, value in fields.items()):
                    return one
            with self._news:
                self._news.wait(_TICK_S)
        raise BootError(f"no {kind} with {fields} from the station in {timeout_s:.0f} s")

    def _hear(self, _client: object, _data: object, message: mqtt.MQTTMessage) -> None:
        # What was kept from another boot says nothing of this one.
        if message.retain:
            return
        try:
            content = json.loads(message.payload)
        except ValueError:
            return
        if isinstance(content, dict):
            with self._news:
                self._heard.append(Heard(time.monotonic(), message.topic, content))
                self._news.notify_all()

    def _start(self, name: str, *words: str | Path) -> None:
        log = (self._folder / f"{name}.log").open("ab")
        self._programs.append(
            subprocess.Popen(words, stdin=subprocess.DEVNULL, stdout=log, stderr=log)  # noqa: S603 - our own
        )

    def _reach(self, port: int) -> None:
        until_s = time.monotonic() + _PATIENCE_S
        while time.monotonic() < until_s:
            if self._programs[-1].poll() is not None:
                break
            try:
                socket.create_connection(("127.0.0.1", port), timeout=1).close()
            except OSError:
                time.sleep(_TICK_S)
            else:
                return
        raise BootError(
            f"the centre does not listen on port {port}; see the logs in {self._folder}"
        )


_CENTRE: Final = """
state_dir = "{state}"

[mqtt]
host = "127.0.0.1"
port = {ports.watch}
username = "centre"

[web]
port = {ports.page}

[enrolment]
names = ["{host}", "127.0.0.1"]
broker = "{host}"
broker_port = {ports.stations}
host = "127.0.0.1"
port = {ports.enrolment}
"""
_MOSQUITTO: Final = """
per_listener_settings true
user root
message_size_limit 131072
max_queued_messages 100000

listener {ports.watch} 127.0.0.1
allow_anonymous true

listener {ports.stations} 127.0.0.1
acl_file {folder}/tremorkit.acl
cafile {folder}/authority.pem
certfile {folder}/broker.pem
keyfile {folder}/broker.key
crlfile {folder}/revoked.pem
require_certificate true
use_identity_as_username true
use_username_as_clientid true
"""
