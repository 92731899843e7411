"""MQTT over TLS at a real Mosquitto that asks every station for its certificate."""

import asyncio
import json
import socket
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from edge.errors import PublishRefusedError
from edge.mqtt import Connector, Identity, MqttConfig, TlsConfig
from tests.edge.mqtt.conftest import Authority

pytestmark = pytest.mark.broker

StartMosquitto = Callable[[str], Awaitable[Any]]

TRIES = """
import asyncio, json, sys
import aiomqtt
from edge.mqtt import Connector, Identity, MqttConfig

async def outcome(settings):
    try:
        async with Connector(MqttConfig(**settings), Identity("me")).connect() as connection:
            await connection.deliver("a", b"x")
    except aiomqtt.MqttError as error:
        return str(error)
    return "in"

async def main():
    tries = json.loads(sys.argv[1])
    print(json.dumps({name: await outcome(one) for name, one in tries.items()}))

asyncio.run(main())
"""
"""In a process of its own: paho leaves the socket of a failed handshake to the collector."""


def _asks_for_certificates(authority: Authority, broker: str = "broker") -> str:
    folder = authority.folder
    return (
        f"cafile {folder / 'ca.pem'}\ncertfile {folder / broker}.pem\n"
        f"keyfile {folder / broker}.key\nrequire_certificate true\n"
    )


async def _outcomes(tries: dict[str, dict[str, Any]], root: Path) -> dict[str, str]:
    child = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", TRIES, json.dumps(tries)),
        stdout=asyncio.subprocess.PIPE,
        cwd=root,
    )
    said, _ = await child.communicate()
    assert 0 == child.returncode
    outcomes: dict[str, str] = json.loads(said.splitlines()[-1])
    return outcomes


async def test_who_is_let_in_and_why_not(
    mosquitto_with: StartMosquitto,
    authority: Authority,
    tmp_path: Path,
    project_root: Path,
) -> None:
    """Each side shows a certificate of an authority that the other trusts, in time and in name."""
    stranger = Authority(tmp_path)
    for one in (authority, stranger):
        one.issue("station", "XX/KARA1")
    authority.issue("old-station", "XX/KARA1", expired=True)
    authority.issue("old-broker", "localhost", "subjectAltName=DNS:localhost", expired=True)
    with socket.create_server(("127.0.0.1", 0)) as probe:
        old_port = probe.getsockname()[1]
    broker = await mosquitto_with(
        _asks_for_certificates(authority)
        + f"listener {old_port} 127.0.0.1\n"
        + _asks_for_certificates(authority, "old-broker")
    )

    def shows(certificate: Path | None, **changes: object) -> dict[str, Any]:
        tls = {"ca_file": str(authority.folder / "ca.pem")}
        if certificate is not None:
            tls["cert_file"] = f"{certificate}.pem"
            tls["key_file"] = f"{certificate}.key"
        return {"host": "localhost", "port": broker.port, "tls": tls, **changes}

    ours = authority.folder / "station"
    of_another = {**shows(ours)["tls"], "ca_file": str(stranger.folder / "ca.pem")}
    no_answer = "closed the connection without an answer"
    table = {
        "right": (shows(ours), "in"),
        "station without certificate": (shows(None), no_answer),
        "station of another authority": (shows(stranger.folder / "station"), no_answer),
        "station expired": (shows(authority.folder / "old-station"), no_answer),
        "station without TLS": (shows(ours, tls=None), "is [mqtt.tls] missing?"),
        "broker of another authority": (shows(ours, tls=of_another), "self-signed certificate"),
        "broker expired": (shows(ours, port=old_port), "certificate has expired"),
        "broker of another name": (shows(ours, host="127.0.0.1"), "not valid for '127.0.0.1'"),
    }
    outcomes = await _outcomes({name: one for name, (one, _) in table.items()}, project_root)

    wrong = {name: said for name, said in outcomes.items() if table[name][1] not in said}
    assert {} == wrong
    assert ["right"] == [name for name, said in outcomes.items() if said == "in"]
    assert table.keys() == outcomes.keys()


async def test_the_certificates_name_gives_the_rights(
    mosquitto_with: StartMosquitto, authority: Authority, tmp_path: Path
) -> None:
    """The common name counts, not the user that the station claims to be."""
    rights = tmp_path / "acl"
    rights.write_text("pattern write tremor/v1/%u/trigger\n")
    rights.chmod(0o600)
    broker = await mosquitto_with(
        _asks_for_certificates(authority)
        + "use_identity_as_username true\nuse_username_as_clientid true\n"
        + f"acl_file {rights}\n"
    )
    certificate = authority.issue("kara1", "XX/KARA1")
    config = MqttConfig(
        host="localhost",
        port=broker.port,
        username="XX/KARA2",
        tls=TlsConfig(
            ca_file=authority.folder / "ca.pem",
            cert_file=certificate,
            key_file=certificate.with_suffix(".key"),
        ),
    )

    async with Connector(config, Identity("me")).connect() as connection:
        await connection.deliver("tremor/v1/XX/KARA1/trigger", b"x")
        with pytest.raises(PublishRefusedError):
            await connection.deliver("tremor/v1/XX/KARA2/trigger", b"x")
