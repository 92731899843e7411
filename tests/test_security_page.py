"""The page on security can be typed off: its broker, its certificates, its station file."""

import asyncio
import os
import re
import shutil
import socket
import tomllib
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from cloud.acl import acl_file
from edge.errors import PublishRefusedError
from edge.mqtt import Connector, Identity, MqttConfig

pytestmark = pytest.mark.broker

NAME = "broker.valley.example.org"
BLOCK = re.compile(r"```\w*\n(.*?)```", re.DOTALL)


async def _run(*words: str | Path, cwd: Path) -> None:
    process = await asyncio.create_subprocess_exec(*words, cwd=cwd, stderr=asyncio.subprocess.PIPE)
    _, errors = await process.communicate()
    assert 0 == process.returncode, errors.decode()


@pytest.fixture
def page(project_root: Path) -> list[str]:
    """Return the page's blocks of code."""
    return BLOCK.findall((project_root / "docs" / "security.md").read_text())


async def test_the_page_can_be_typed_off(
    mosquitto_with: Callable[[str], Awaitable[Any]],
    page: list[str],
    tmp_path: Path,
) -> None:
    """A station gets in by its certificate and writes its own topic, the centre by its password."""
    if shutil.which("openssl") is None:
        pytest.skip("openssl is not installed")
    (conf,) = (block for block in page if block.startswith("# /etc/mosquitto/conf.d/"))
    (certificates,) = (block for block in page if "openssl req" in block)
    station_file = next(block for block in page if "cert_file" in block)
    await _run("sh", "-e", "-c", certificates, cwd=tmp_path)
    own = ["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"]
    subject = ["-subj", f"/CN={NAME}", "-addext", "subjectAltName=DNS:localhost"]
    await _run(
        *("openssl", *own, "-keyout", "broker.key", "-out", "broker.pem", *subject), cwd=tmp_path
    )
    shutil.copy(tmp_path / "broker.pem", tmp_path / "broker-ca.pem")
    (tmp_path / "tremorkit.acl").write_text(acl_file([("XX", "KARA1")], "centre"))
    (tmp_path / "passwords").touch()
    for file in ("passwords", "tremorkit.acl"):
        (tmp_path / file).chmod(0o600)
    await _run("mosquitto_passwd", "-b", "passwords", "centre", "secret", cwd=tmp_path)
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    # The fixture brings the centre's listener, and keeps its sessions itself.
    conf = conf.replace("/etc/mosquitto/", f"{tmp_path}{os.sep}").replace("persistence true\n", "")
    conf = conf.replace("listener 1883 127.0.0.1\n", "").replace(
        "listener 8883", f"listener {port}"
    )
    broker = await mosquitto_with(conf)

    settings = tomllib.loads(station_file.replace("/etc/edge-agent/", f"{tmp_path}{os.sep}"))
    station = MqttConfig(**{**settings["mqtt"], "host": "localhost", "port": port})
    centre = MqttConfig(port=broker.port, username="centre", password=SecretStr("secret"))
    async with (
        Connector(centre, Identity("tremor-aggregator")).connect() as ear,
        Connector(centre, Identity("tremor-aggregator-events")).connect(),
        Connector(station, Identity("XX-KARA1-00")).connect() as agent,
        asyncio.timeout(30),
    ):
        await ear.subscribe("tremor/v1/#", qos=1)
        with pytest.raises(PublishRefusedError):
            await agent.deliver("tremor/v1/XX/KARA2/trigger", b"x")
        await agent.deliver("tremor/v1/XX/KARA1/trigger", b"x")
        heard = await anext(aiter(ear.messages))

    assert (NAME, 8883) == (settings["mqtt"]["host"], settings["mqtt"]["port"])
    assert "tremor/v1/XX/KARA1/trigger" == heard.topic.value
