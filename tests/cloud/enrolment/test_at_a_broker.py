"""A real Mosquitto that asks for certificates of the kit's authority."""

import asyncio
import json
import socket
import ssl
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from cloud.enrolment.lists import Lists
from edge.enrol.identity import IdentityStore
from edge.mqtt import Connector, Identity, MqttConfig
from tests.cloud.enrolment.conftest import Centre, free_port
from tests.conftest import Mosquitto

pytestmark = pytest.mark.broker

_CONNECT = b"\x10\x0e\x00\x04MQTT\x04\x02\x00\x3c\x00\x02me"
_TAKEN = b"\x20\x02\x00\x00"
_PATIENCE_S = 120

StartMosquitto = Callable[[str], Awaitable[Mosquitto]]


def _door(centre: Centre, port: int) -> str:
    folder = centre.office.lists.folder
    return (
        f"acl_file {folder / 'tremorkit.acl'}\n"
        f"listener {port} 127.0.0.1\ncafile {folder / 'authority.pem'}\n"
        f"certfile {folder / 'broker.pem'}\nkeyfile {folder / 'broker.key'}\n"
        f"crlfile {folder / 'revoked.pem'}\nrequire_certificate true\n"
        "use_identity_as_username true\nuse_username_as_clientid true\n"
    )


def _is_let_in(port: int, store: IdentityStore) -> bool:
    tls = store.tls_config
    context = tls.context()
    try:
        with (
            socket.create_connection(("127.0.0.1", port), timeout=30) as link,
            context.wrap_socket(link, server_hostname="localhost") as secured,
        ):
            secured.sendall(_CONNECT)
            return secured.recv(4) == _TAKEN
    except (ssl.SSLError, ConnectionError):
        return False


async def _enrolled(centre: Centre, station: str) -> IdentityStore:
    store = centre.card(station)
    await asyncio.to_thread(centre.enroller(store, station).run)
    return store


async def test_a_revoked_station_is_refused_and_the_others_are_not(
    open_centre: Centre, mosquitto_with: StartMosquitto
) -> None:
    """The broker reads the list again at once; a station beside goes on."""
    stolen, other = await _enrolled(open_centre, "KARA1"), await _enrolled(open_centre, "KARA2")
    port = free_port()
    broker = await mosquitto_with(_door(open_centre, port))
    assert broker._process is not None
    before = [await asyncio.to_thread(_is_let_in, port, one) for one in (stolen, other)]
    office = open_centre.office
    office.registry.revoke(("XX", "KARA1"), open_centre.clock())
    reload = ("kill", "-HUP", str(broker._process.pid))
    lists = Lists(office.lists.folder, office.registry, "centre", reload=reload)

    lists.write(office.authorities, open_centre.clock())

    async with asyncio.timeout(_PATIENCE_S):
        while await asyncio.to_thread(_is_let_in, port, stolen):  # noqa: ASYNC110 - another process
            await asyncio.sleep(0.1)
    assert [True, True] == before
    assert await asyncio.to_thread(_is_let_in, port, other)
    rights = (office.lists.folder / "tremorkit.acl").read_text()
    assert "KARA2" in rights
    assert "KARA1" not in rights


async def test_a_stations_certificate_makes_no_broker(open_centre: Centre) -> None:
    """A stolen station cannot pose as the broker: its certificate is a client's."""
    store = await _enrolled(open_centre, "KARA1")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(store.folder / "tls.pem")
    server = await asyncio.start_server(lambda *_: None, "127.0.0.1", 0, ssl=context)
    port = server.sockets[0].getsockname()[1]

    with pytest.raises(ssl.SSLCertVerificationError, match="purpose"):
        await asyncio.open_connection(
            "localhost", port, ssl=store.tls_config.context(), server_hostname="localhost"
        )

    server.close()
    await server.wait_closed()


STATION = """
state_dir = "{folder}"

[station]
network = "XX"
station = "KARA1"
latitude = 40.0
longitude = 30.0

[source]
type = "synthetic"
latitude = 40.0
longitude = 30.0

[detection.model]
enabled = false

[enrolment]
retry_s = 1
clock = "any"
"""


async def _first_state(port: int) -> dict[str, object]:
    config = MqttConfig(port=port, username="centre")
    async with (
        asyncio.timeout(_PATIENCE_S),
        Connector(config, Identity("centre")).connect() as connection,
    ):
        await connection.subscribe("tremor/v1/+/+/state", qos=1)
        message = await anext(aiter(connection.messages))
        state: dict[str, object] = json.loads(message.payload)  # type: ignore[arg-type]
        return state


async def test_an_agent_enrols_by_itself_and_is_heard(
    open_centre: Centre, mosquitto_with: StartMosquitto, tmp_path: Path, project_root: Path
) -> None:
    """From the card to its state at the centre; the station file names no broker."""
    port = open_centre.office.section.broker_port
    store = open_centre.card()
    broker = await mosquitto_with(_door(open_centre, port))
    (tmp_path / "station.toml").write_text(STATION.format(folder=tmp_path / "KARA1"))
    agent = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "edge.cli", "run", "--config", tmp_path / "station.toml"),
        cwd=project_root,
    )
    hearing = asyncio.create_task(_first_state(broker.port))
    ending = asyncio.create_task(agent.wait())
    await asyncio.wait({hearing, ending}, return_when=asyncio.FIRST_COMPLETED)
    assert not ending.done(), "the agent ended"
    agent.terminate()
    state = await hearing

    assert 0 == await ending
    assert ("XX", "KARA1", True) == (state["network"], state["station"], state["online"])
    assert not store.default_token.exists()
    assert not store.pending.exists()
