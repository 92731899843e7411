"""A bundle that is damaged, forged or too new is refused with the reason."""

import hashlib
import io
import json
import zipfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from edge.bundle import Bundle, Golden, load_bundle, verify_bundle, write_bundle
from edge.bundle.ziplayer import pack
from edge.detect.loading import shipped_bundle
from edge.errors import BundleError

Members = dict[str, bytes]


@pytest.fixture(scope="module")
def shipped() -> Bundle:
    """Return the bundle that comes with the agent."""
    return load_bundle(shipped_bundle())


@pytest.fixture
def members(shipped: Bundle) -> Members:
    """Return the members of that bundle, to be tampered with."""
    with zipfile.ZipFile(shipped.path) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def _written(members: Members, folder: Path) -> Path:
    path = folder / "tremor_stream-1.tremor"
    path.write_bytes(pack(members))
    return path


def _with_card(members: Members, **changes: object) -> Members:
    card = json.loads(members["card.json"])
    card.update(changes)
    return {**members, "card.json": json.dumps(card).encode()}


def _with_golden(members: Members, golden: bytes) -> Members:
    card = json.loads(members["card.json"])
    facts = {"sha256": hashlib.sha256(golden).hexdigest(), "size_bytes": len(golden)}
    card["files"]["golden.npz"] = facts
    return {**members, "golden.npz": golden, "card.json": json.dumps(card).encode()}


def _flipped(content: bytes, place: int) -> bytes:
    return content[:place] + bytes([content[place] ^ 1]) + content[place + 1 :]


TAMPERINGS: dict[str, tuple[Callable[[Members], Members], str]] = {
    "flipped weight": (
        lambda m: {**m, "model.tflite": _flipped(m["model.tflite"], 60_000)},
        "model.tflite is not what the card says",
    ),
    "flipped golden": (
        lambda m: {**m, "golden.npz": _flipped(m["golden.npz"], 5_000)},
        "golden.npz is not what the card says",
    ),
    "extra member": (lambda m: {**m, "run.py": b"print()"}, "unexpected member 'run.py'"),
    "path out of the bundle": (lambda m: {**m, "../model.tflite": b"x"}, "unexpected member"),
    "absolute path": (lambda m: {**m, "/etc/passwd": b"x"}, "unexpected member"),
    "no card": (lambda m: {k: v for k, v in m.items() if k != "card.json"}, "no card.json"),
    "no golden": (lambda m: {k: v for k, v in m.items() if k != "golden.npz"}, "the card lists"),
    "no network": (lambda m: {k: v for k, v in m.items() if "model" not in k}, "the card lists"),
    "unlisted network": (lambda m: {**m, "model.onnx": b"x"}, "the card lists"),
    "card is no JSON": (lambda m: {**m, "card.json": b"{"}, "card.json"),
    "card with an unknown field": (lambda m: _with_card(m, colour="red"), "colour"),
    "newer agent needed": (
        lambda m: _with_card(m, least_agent_version="99.0.0", new_field=1),
        "needs edge-agent 99.0.0 or newer",
    ),
    "huge card": (lambda m: {**m, "card.json": b" " * 300_000}, "larger than"),
    "golden that is no archive": (lambda m: _with_golden(m, b"abc"), "no sound zip file"),
    "golden without samples": (lambda m: _with_golden(m, pack({})), "lack samples"),
}


@pytest.mark.parametrize("threat", TAMPERINGS)
def test_tampered_bundle_is_refused(threat: str, members: Members, tmp_path: Path) -> None:
    """Each way of tampering is found before anything runs, and named."""
    tamper, reason = TAMPERINGS[threat]

    with pytest.raises(BundleError, match=reason):
        load_bundle(_written(tamper(members), tmp_path))


def test_untampered_bundle_passes(members: Members, tmp_path: Path) -> None:
    """The way in which the tests write bundles is not itself refused."""
    assert 1 <= load_bundle(_written(members, tmp_path)).card.version


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 not a zip", b"\0" * 1000])
def test_file_that_is_no_zip_is_refused(content: bytes, tmp_path: Path) -> None:
    """Garbage in place of a bundle is a reason, not a crash."""
    path = tmp_path / "garbage-1.tremor"
    path.write_bytes(content)

    with pytest.raises(BundleError, match="no sound zip file"):
        load_bundle(path)


def test_truncated_file_is_refused(shipped: Bundle, tmp_path: Path) -> None:
    """A download that broke off does not pass at any length."""
    content = shipped.path.read_bytes()
    path = tmp_path / "short-1.tremor"
    for share in (0.1, 0.5, 0.9, 0.999):
        path.write_bytes(content[: int(len(content) * share)])
        with pytest.raises(BundleError):
            load_bundle(path)


def test_zip_bomb_is_refused_before_it_unpacks(tmp_path: Path) -> None:
    """A member that unpacks to more than its bound is cut off there."""
    path = tmp_path / "bomb-1.tremor"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("card.json", b"0" * 50_000_000)

    with pytest.raises(BundleError, match="larger than"):
        load_bundle(path)


def test_bomb_inside_the_golden_vectors_is_refused(members: Members, tmp_path: Path) -> None:
    """The inner archive has the same bounds."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("samples.npy", b"0" * 50_000_000)

    with pytest.raises(BundleError, match="larger than"):
        load_bundle(_written(_with_golden(members, buffer.getvalue()), tmp_path))


def test_array_that_claims_more_than_it_holds_is_refused(members: Members, tmp_path: Path) -> None:
    """A header of a terabyte allocates nothing."""
    buffer = io.BytesIO()
    header = {"descr": "<f4", "fortran_order": False, "shape": (10**12, 3)}
    np.lib.format.write_array_header_1_0(buffer, header)
    names = ("samples", "conditioned", "probabilities")
    states = json.loads(members["card.json"])["output"]["states"]
    all_names = [*names, *(f"state_{name}" for name in states)]
    golden = pack({f"{name}.npy": buffer.getvalue() for name in all_names})

    with pytest.raises(BundleError, match="has 0 bytes"):
        load_bundle(_written(_with_golden(members, golden), tmp_path))


def test_member_given_twice_is_refused(members: Members, tmp_path: Path) -> None:
    """Two readers of one file must not see two networks."""
    path = tmp_path / "twice-1.tremor"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("model.tflite", members["model.tflite"])
        with pytest.warns(UserWarning, match="Duplicate name"):
            archive.writestr("model.tflite", members["model.tflite"])

    with pytest.raises(BundleError, match="twice"):
        load_bundle(path)


def test_missing_file_is_refused(tmp_path: Path) -> None:
    """No file is a reason like any other."""
    with pytest.raises(BundleError, match="cannot be read"):
        load_bundle(tmp_path / "none-1.tremor")


def test_other_file_than_the_one_expected_is_refused(shipped: Bundle) -> None:
    """Where an update names a hash, a sound bundle of another hash does not do."""
    with pytest.raises(BundleError, match="expected 0000"):
        load_bundle(shipped.path, expected_sha256="0" * 64)


def _changed_golden(golden: Golden, threat: str) -> Golden:
    if threat == "other output":
        return replace(golden, probabilities=golden.probabilities[:, ::-1].copy())
    if threat == "other state":
        states = {name: value + value.max() for name, value in golden.states.items()}
        return replace(golden, states=states)
    if threat == "other conditioning":
        return replace(golden, conditioned=golden.conditioned * np.float32(0.5))
    if threat == "shorter":
        return replace(golden, probabilities=golden.probabilities[:-1])
    if threat == "not whole hops":
        return replace(golden, samples=golden.samples[:-3], conditioned=golden.conditioned[:-3])
    return replace(golden, probabilities=np.full_like(golden.probabilities, np.nan))


@pytest.mark.parametrize(
    "threat",
    ["other output", "other state", "other conditioning", "shorter", "not whole hops", "NaN"],
)
def test_network_that_does_not_reproduce_the_golden_vectors_is_refused(
    threat: str, shipped: Bundle, tmp_path: Path
) -> None:
    """Sound hashes do not help where this processor gives another answer."""
    golden = _changed_golden(shipped.golden, threat)
    path = write_bundle(tmp_path, shipped.card, shipped.networks, golden)

    with pytest.raises(BundleError, match="golden"):
        verify_bundle(load_bundle(path))


def test_network_that_no_runtime_loads_is_refused(shipped: Bundle, tmp_path: Path) -> None:
    """A damaged network with a fresh hash fails when it is loaded, not when it is needed."""
    networks = {"model.tflite": b"\0" * 4 + b"TFL3" + b"\xff" * 100}
    path = write_bundle(tmp_path, shipped.card, networks, shipped.golden)

    with pytest.raises(BundleError, match="no runtime"):
        verify_bundle(load_bundle(path))
