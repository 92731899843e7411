"""The centre's house: authority, broker, repository, and the centre itself as a process."""

import contextlib
import getpass
import http.client
import json
import socket
import ssl
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from edge.mqtt import TlsConfig
from tests.conftest import MOSQUITTO
from tests.fleet.commands import Run, as_process, environment, program, tail, until

_PATIENCE_S = 180.0
_CONNECT = b"\x10\x0e\x00\x04MQTT\x04\x02\x00\x3c\x00\x02me"
_TAKEN = b"\x20\x02\x00\x00"
_PASSPHRASE = "correct horse battery"

_CENTRE = """
state_dir = "{folder}/state"

[mqtt]
port = {inner}
username = "centre"
password_file = "{folder}/centre-password"

[web]
port = {web}

[enrolment]
names = ["{name}"]
broker = "{broker_name}"
broker_port = {outer}
host = "127.0.0.1"
port = {door}
reload = ["sh", "-c", "test ! -f {folder}/mosquitto.pid || kill -HUP $(cat {folder}/mosquitto.pid)"]

[updates]
online_key = "{folder}/keys/centre.key"

[rollouts]
look_s = 0.5

[[rollouts.rings]]
name = "canary"
soak_s = 0

[[rollouts.rings]]
name = "all"
soak_s = 0
"""

_BROKER = """
user {user}
pid_file {folder}/mosquitto.pid
log_dest file {folder}/mosquitto.log
per_listener_settings false
allow_anonymous false
password_file {folder}/mosquitto-passwords
acl_file {broker}/tremorkit.acl
message_size_limit 131072
persistence false

listener {inner} 127.0.0.1

listener {outer} 127.0.0.1
cafile {broker}/authority.pem
certfile {broker}/broker.pem
keyfile {broker}/broker.key
crlfile {broker}/revoked.pem
require_certificate true
use_identity_as_username true
use_username_as_clientid true
"""


class House:
    """One centre.

    Args:
        folder: Gets all its files.
        name: Under which stations reach the centre.
        broker_name: And the broker.
        run: Runs commands.

    Attributes:
        config: The centre's file.
        repository: The folder of updates.
    """

    def __init__(self, folder: Path, name: str, broker_name: str, run: Run = as_process) -> None:
        folder.mkdir(parents=True)
        self._run = run
        self.folder = folder
        self.config = folder / "centre.toml"
        self.repository = folder / "state" / "updates"
        self.broker_name = broker_name
        with contextlib.ExitStack() as probes:
            found = [probes.enter_context(socket.create_server(("127.0.0.1", 0))) for _ in range(4)]
            inner, self.outer, self.web, self.door = (one.getsockname()[1] for one in found)
        facts = {"name": name, "broker_name": broker_name, "folder": folder}
        ports = {"inner": inner, "outer": self.outer, "web": self.web, "door": self.door}
        self.config.write_text(_CENTRE.format(**facts, **ports))
        (folder / "mosquitto.conf").write_text(
            _BROKER.format(
                user=getpass.getuser(), folder=folder, broker=folder / "state/broker", **ports
            )
        )

    def centre(self, *words: str | Path) -> str:
        """Run `cloud-aggregator`."""
        return self._run("cloud-aggregator", *words)

    def centre_json(self, *words: str | Path) -> Any:  # noqa: ANN401 - JSON
        """Run `cloud-aggregator ... --json`."""
        return json.loads(self.centre(*words, "--json"))

    def found(self) -> None:
        """Make the authority, the broker's passwords and the keys of updates, by the commands."""
        if MOSQUITTO is None:
            pytest.skip("mosquitto is not installed (Debian: apt install mosquitto)")
        self.centre("ca", "init", "--config", self.config)
        (self.folder / "centre-password").write_text(_PASSPHRASE)
        passwords = self.folder / "mosquitto-passwords"
        subprocess.run(
            ["mosquitto_passwd", "-b", "-c", passwords, "centre", _PASSPHRASE],
            check=True,
            capture_output=True,
        )
        passwords.chmod(0o600)
        self._ceremony()

    def _ceremony(self) -> None:
        """Found the repository as one person with two sticks does."""
        keys, word = self.folder / "keys", self.folder / "passphrase"
        keys.mkdir()
        word.write_text(_PASSPHRASE)
        for holder in ("ana", "drawer"):
            self.centre("release", "keys", holder, "--out", keys, "--passphrase-file", word)
        self.centre("release", "keys", "centre", "--out", keys, "--no-passphrase")
        ana, drawer = keys / "ana.pub", keys / "drawer.pub"
        self.centre(
            *("release", "init", "--repository", self.repository),
            *("--root", ana, "--root", drawer, "--root-threshold", "1"),
            *("--models", ana, "--models", drawer, "--models-threshold", "1"),
            *("--online", keys / "centre.pub"),
        )
        self._sign_and_publish()

    def _sign_and_publish(self) -> None:
        keys, word = self.folder / "keys", self.folder / "passphrase"
        where = ("--repository", self.repository)
        signing = ("--key", keys / "ana.key", "--passphrase-file", word, "--yes")
        self.centre("release", "sign", *signing, *where)
        self.centre("release", "publish", "--online-key", keys / "centre.key", *where)

    @property
    def root(self) -> Path:
        """What a station must trust."""
        return self.repository / "metadata" / "1.root.json"

    def release(self, bundle: Path) -> str:
        """Sign and publish a network; return its name in the repository."""
        self.centre("release", "add", bundle, "--repository", self.repository)
        self._sign_and_publish()
        return f"models/{bundle.name}"

    def let_in(self, station: str, token: Path) -> None:
        """Make the token of a station's card."""
        self.centre("station", "add", station, "--config", self.config, "--out", token)

    def assign(self, model: str, ring: str) -> None:
        """Say what a ring is to run, without a rollout."""
        key = ("--online-key", self.folder / "keys" / "centre.key")
        self.centre("release", "assign", ring, model, *key, "--repository", self.repository)

    def start_rollout(self, model: str) -> str:
        """Let the centre take a network through the rings; return the rollout's id."""
        started = self.centre_json("rollout", "start", model, "--config", self.config)
        return str(started["id"])

    def rollout(self, name: str) -> dict[str, Any]:
        """Return how a rollout stands, with its audit."""
        words = ("rollout", "status", name, "--config", self.config, "--audit", "1000")
        found: dict[str, Any] = self.centre_json(*words)
        return found

    def get(self, path: str) -> Any:  # noqa: ANN401 - JSON
        """Return what the centre's API says; None where it says nothing."""
        link = http.client.HTTPConnection("127.0.0.1", self.web, timeout=30)
        try:
            link.request("GET", path)
            with link.getresponse() as answer:
                content = answer.read()
                return json.loads(content) if answer.status == http.HTTPStatus.OK else None
        except (OSError, http.client.HTTPException):
            return None
        finally:
            link.close()

    def station(self, name: str) -> dict[str, Any] | None:
        """Return the last state of a station; None where the centre knows none."""
        found = self.get(f"/api/v1/stations/{name}") or {}
        state: dict[str, Any] | None = found.get("state") or found.get("view", {}).get("state")
        return state

    @contextlib.contextmanager
    def open(self) -> Iterator[None]:
        """Run broker and centre."""
        with (
            self._running("mosquitto", str(MOSQUITTO), "-c", str(self.folder / "mosquitto.conf")),
            self._running(
                "centre", program("cloud-aggregator"), "run", "--config", str(self.config)
            ),
        ):
            for port in (self.outer, self.door, self.web):
                until(
                    lambda port=port: _listens(port) or None, "listener", _PATIENCE_S, self.troubles
                )
            yield

    @contextlib.contextmanager
    def _running(self, name: str, *line: str) -> Iterator[None]:
        with (self.folder / f"{name}.out").open("wb") as log:
            process = subprocess.Popen(line, stdout=log, stderr=log, env=environment())
        try:
            yield
        finally:
            process.terminate()
            process.wait()

    def troubles(self) -> str:
        """Return the last words of broker and centre."""
        names = ("mosquitto.out", "mosquitto.log", "centre.out")
        return "\n".join(tail(self.folder / name) for name in names)

    def lets_in(self, identity: TlsConfig) -> bool:
        """Return whether the broker takes a client with a certificate."""
        context = identity.context()
        try:
            with (
                socket.create_connection(("127.0.0.1", self.outer), timeout=30) as link,
                context.wrap_socket(link, server_hostname=self.broker_name) as secured,
            ):
                secured.sendall(_CONNECT)
                return secured.recv(4) == _TAKEN
        except (ssl.SSLError, ConnectionError):
            return False


def _listens(port: int) -> bool:
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=5):
            return True
    except OSError:
        return False
