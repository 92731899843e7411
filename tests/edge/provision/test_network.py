"""The record names the network that a station begins with by its hash."""

import hashlib
import zipfile
from pathlib import Path

import pytest

from edge.bundle.shipped import shipped_bundle
from edge.config import ModelSection, StationConfig, load_station_config
from edge.errors import ProvisionError
from edge.provision.network import network_sha256
from edge.provision.order import compose
from edge.provision.record import record_of
from edge.wheelhouse.manifest import read_manifest
from tests.edge.provision.conftest import Desk


def _wheel(house: Path) -> Path:
    (path,) = house.glob("tremorkit-*.whl")
    return path


def _put(house: Path, **bundles: bytes) -> None:
    """Add networks to the agent's wheel."""
    with zipfile.ZipFile(_wheel(house), "a") as archive:
        for stem, content in bundles.items():
            archive.writestr(f"edge/models/{stem.replace('__', '-')}.tremor", content)


def _hash(desk: Desk, bundle: str | None = None, *, enabled: bool = True) -> str | None:
    base = load_station_config(desk.station)
    path = None if bundle is None else Path(bundle)
    model = ModelSection(enabled=enabled, bundle=path)
    changed = base.detection.model_copy(update={"model": model})
    config: StationConfig = base.model_copy(update={"detection": changed})
    return network_sha256(None, config, desk.house, read_manifest(desk.house))


def test_own_network_is_that_of_the_wheel(desk: Desk) -> None:
    """Not the one of the machine that makes the card; the newest where there are more."""
    before = _hash(desk)
    _put(desk.house, tremor_stream__9=b"old", tremor_stream__10=b"new", cred__1=b"other")

    assert before is None
    assert hashlib.sha256(b"new").hexdigest() == _hash(desk)
    assert hashlib.sha256(b"old").hexdigest() == _hash(desk, "tremor_stream-9")
    assert hashlib.sha256(b"other").hexdigest() == _hash(desk, "cred")
    assert _hash(desk, "cred-2") is None


def test_a_station_without_a_network_has_no_hash(desk: Desk) -> None:
    """And none is told for a file that was put there by hand."""
    _put(desk.house, tremor_stream__9=b"old")

    assert _hash(desk, enabled=False) is None
    assert _hash(desk, "/var/lib/edge-agent/mine.tremor") is None


def test_network_of_ones_own_is_in_the_record(desk: Desk) -> None:
    """As a person compares it with the release."""
    own = shipped_bundle("quake_cnn")
    desk.station.write_text(
        f'{desk.station.read_text()}\n[detection.model]\nbundle = "/etc/edge-agent/{own.name}"\n'
    )

    record = record_of(compose(desk.order(model=own)), "nothing", size_bytes=1)

    digest = hashlib.sha256(own.read_bytes()).hexdigest()
    assert f"network       {own.name}, sha256 {digest}" in record.page()


def test_a_wheel_that_cannot_be_read_is_told(desk: Desk) -> None:
    """With its path."""
    config, house = compose(desk.order()).config, read_manifest(desk.house)
    _wheel(desk.house).write_bytes(b"x")

    with pytest.raises(ProvisionError, match=r"tremorkit-1\.2\.3.*cannot be read"):
        network_sha256(None, config, desk.house, house)
