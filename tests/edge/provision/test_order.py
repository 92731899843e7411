"""A card is checked as a whole before anything is written."""

import hashlib
import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from edge.bundle.shipped import shipped_bundle
from edge.errors import BundleError, ConfigError, ProvisionError, TremorError, WheelhouseError
from edge.provision.kit import station_of
from edge.provision.order import compose, root_key_ids
from tests.edge.provision.conftest import Desk, ticket, write_house

ROOT_JSON = json.dumps(
    {"signed": {"_type": "root", "roles": {"root": {"keyids": ["ab12", "cd34"]}}}, "signatures": []}
)


def _append(path: Path, text: str) -> None:
    path.write_text(path.read_text() + text)


def test_kit_has_what_a_station_is_installed_from(desk: Desk) -> None:
    """And the hash of every file."""
    kit = compose(desk.order()).kit

    sums = kit["SHA256SUMS"]
    assert isinstance(sums, bytes)
    named = {line.split("  ")[1] for line in sums.decode().splitlines()}
    assert {
        *("install.sh", "kit.env", "edge-agent.service", "edge-kit-install.service"),
        *("etc/station.toml", "wheels/manifest.json", "wheels/requirements.txt"),
        "wheels/tremorkit-1.2.3-py3-none-any.whl",
    } == named
    assert named | {"SHA256SUMS", "manifest.json"} == kit.keys()


def test_manifest_says_whose_card_it_is(desk: Desk) -> None:
    """For whoever writes it to a card."""
    manifest = compose(desk.order()).kit["manifest.json"]
    assert isinstance(manifest, bytes)

    content = json.loads(manifest)

    assert "XX.KARA1" == station_of(manifest)
    assert ("1.2.3", "aarch64", "3.13") == (
        content["agent"],
        content["platform"],
        content["python"],
    )
    station = hashlib.sha256(desk.station.read_bytes()).hexdigest()
    assert station == content["files"]["etc/station.toml"]


@pytest.mark.parametrize("manifest", [b"", b"[]", b"{}", b'{"station": 1}', b"\xff"])
def test_damaged_manifest_says_nothing(manifest: bytes) -> None:
    """It is anybody's file."""
    assert station_of(manifest) is None


def test_token_is_on_the_card_and_its_hash_is_not(desk: Desk) -> None:
    """A card without it, after its first boot, is still a whole one."""
    token = desk.token()
    kit = compose(desk.order(token=token)).kit

    manifest, sums = kit["manifest.json"], kit["SHA256SUMS"]
    assert isinstance(manifest, bytes)
    assert isinstance(sums, bytes)
    assert token.read_bytes() == kit["enrolment-token"]
    assert ["enrolment-token"] == json.loads(manifest)["secrets"]
    assert hashlib.sha256(token.read_bytes()).hexdigest() not in manifest.decode() + sums.decode()


def test_same_files_are_the_same_instance(desk: Desk) -> None:
    """And another station file is another, so that its card begins anew."""
    first, again = compose(desk.order()).computer, compose(desk.order()).computer
    _append(desk.station, "# changed\n")

    assert first == again
    assert first.instance != compose(desk.order()).computer.instance
    assert first.instance.startswith("xx-kara1-")


def test_other_system_is_another_instance(desk: Desk) -> None:
    """Else a new wireless network would never be told."""
    first = compose(desk.order()).computer.instance
    desk.system.write_text(desk.system.read_text().replace("correct horse", "other horse"))

    assert first != compose(desk.order()).computer.instance


def test_trust_is_checked_and_goes_along(desk: Desk) -> None:
    """Under the name that `[update] root` may have."""
    trust = desk.folder / "1.root.json"
    trust.write_text(ROOT_JSON)
    desk.station.write_text(
        desk.station.read_text() + '\n[update]\nroot = "/etc/edge-agent/root.json"\n'
        'url = "https://centre.example.org/updates/"\n'
    )

    assert ROOT_JSON.encode() == compose(desk.order(trust=trust)).kit["etc/root.json"]
    assert ["ab12", "cd34"] == root_key_ids(ROOT_JSON.encode())


def test_token_that_the_station_would_never_use_is_refused(desk: Desk) -> None:
    """Its file does not say that it shall enrol."""
    token = desk.folder / "token"
    token.write_bytes(ticket().to_bytes())

    with pytest.raises(ProvisionError, match=r"has no \[enrolment\]"):
        compose(desk.order(token=token))


@pytest.mark.parametrize("text", ["", "{}", "[]", '{"signed": {"_type": "timestamp"}}'])
def test_other_file_is_no_trust(desk: Desk, text: str) -> None:
    """A station that trusts nothing can never be mended from afar."""
    trust = desk.folder / "root.json"
    trust.write_text(text)

    with pytest.raises(ProvisionError, match="no root of trust"):
        compose(desk.order(trust=trust))


def test_network_goes_along_where_the_station_asks_for_it(desk: Desk) -> None:
    """As a file of /etc/edge-agent."""
    bundle = shipped_bundle()
    path = f"/etc/edge-agent/{bundle.name}"
    _append(desk.station, f'\n[detection.model]\nbundle = "{path}"\n')

    card = compose(desk.order(model=bundle))

    assert bundle.read_bytes() == card.kit[f"etc/{bundle.name}"]
    assert card.model_sha256 is not None


def _write(desk: Desk, name: str, content: bytes) -> Path:
    path = desk.folder / name
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(content)
    return path


def _no_network(desk: Desk) -> dict[str, object]:
    _append(desk.station, '\n[detection.model]\nbundle = "/etc/edge-agent/x.tremor"\n')
    return {"model": _write(desk, "x.tremor", b"x")}


def _no_certificate(desk: Desk) -> dict[str, object]:
    _append(desk.station, '\n[mqtt.tls]\nca_file = "/etc/edge-agent/ca.pem"\n')
    return {}


def _no_trust(desk: Desk) -> dict[str, object]:
    _append(desk.station, '\n[update]\nroot = "/etc/edge-agent/root.json"\n')
    return {}


def _state_elsewhere(desk: Desk) -> dict[str, object]:
    desk.station.write_text(f'state_dir = "var"\n{desk.station.read_text()}')
    return {}


def _altered_wheel(desk: Desk) -> dict[str, object]:
    next(desk.house.glob("*.whl")).write_bytes(b"x")
    return {}


def _missing_wheel(desk: Desk) -> dict[str, object]:
    next(desk.house.glob("*.whl")).unlink()
    return {}


def _misspelt(desk: Desk) -> dict[str, object]:
    _append(desk.station, "\n[mqqt]\n")
    return {}


_MISTAKES: dict[str, Callable[[Desk], dict[str, object]]] = {
    "network that nobody asks for": lambda _desk: {"model": shipped_bundle()},
    "network that is none": _no_network,
    "certificate that is not there": _no_certificate,
    "trust that is not there": _no_trust,
    "state elsewhere": _state_elsewhere,
    "other processor": lambda desk: {"wheelhouse": write_house(desk.folder / "pc", "x86_64")},
    "altered wheel": _altered_wheel,
    "missing wheel": _missing_wheel,
    "no wheelhouse": lambda desk: {"wheelhouse": desk.folder},
    "two of one name": lambda desk: {"files": (_write(desk, "a/station.toml", b""),)},
    "missing file": lambda desk: {"files": (desk.folder / "none.pem",)},
    "misspelt station": _misspelt,
}
"""Each makes one; returns what else to order."""


@pytest.mark.parametrize(
    ("what", "kind", "reason"),
    [
        ("network that nobody asks for", ProvisionError, "does not ask for the network"),
        ("network that is none", BundleError, "x.tremor"),
        ("certificate that is not there", ProvisionError, "mqtt.tls.ca_file.*--file ca.pem"),
        ("trust that is not there", ProvisionError, "update.root.*--trust root.json"),
        ("state elsewhere", ProvisionError, "state_dir"),
        ("other processor", ProvisionError, "--platform aarch64"),
        ("altered wheel", ProvisionError, "build the wheelhouse anew"),
        ("missing wheel", ProvisionError, "build the wheelhouse anew"),
        ("no wheelhouse", WheelhouseError, "manifest.json"),
        ("two of one name", ProvisionError, "another file is called station.toml"),
        ("missing file", ProvisionError, "none.pem: cannot be read"),
        ("misspelt station", ConfigError, "did you mean 'mqtt'"),
    ],
)
def test_mistake_is_told_at_the_desk(
    desk: Desk, what: str, kind: type[TremorError], reason: str
) -> None:
    """And not at the first boot on a mountain."""
    more = _MISTAKES[what](desk)

    with pytest.raises(kind, match=reason):
        compose(desk.order(**more))


def test_certificate_that_is_given_is_found(desk: Desk) -> None:
    """By the name that the station file has for it."""
    _append(desk.station, '\n[mqtt.tls]\nca_file = "/etc/edge-agent/ca.pem"\n')
    path = desk.folder / "ca.pem"
    path.write_text("pem")

    assert b"pem" == compose(desk.order(files=(path,))).kit["etc/ca.pem"]


def test_card_without_a_system_cannot_be_told(desk: Desk) -> None:
    """An archive needs none, a card does."""
    card = compose(replace(desk.order(), system=None))

    with pytest.raises(ProvisionError, match="--system"):
        _ = card.computer
