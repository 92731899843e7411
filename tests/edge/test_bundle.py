"""A bundle is one deterministic file that proves itself on the machine that runs it."""

import io
import zipfile
from pathlib import Path

import numpy as np
import pytest

from edge.bundle import Bundle, Golden, load_bundle, verify_bundle, write_bundle
from edge.bundle.ziplayer import pack, unpack
from edge.detect.loading import shipped_bundle


@pytest.fixture(scope="module")
def shipped() -> Bundle:
    """Return the bundle that comes with the agent."""
    return load_bundle(shipped_bundle())


def test_shipped_bundle_reproduces_its_golden_outputs(shipped: Bundle) -> None:
    """What the agent comes with runs here, within its own tolerance."""
    verified = verify_bundle(shipped)

    assert shipped.card.tolerance.worst >= verified.worst_difference


def test_shipped_bundle_is_small(shipped: Bundle) -> None:
    """Well under a megabyte, so that it travels over a bad line."""
    assert 500_000 > shipped.path.stat().st_size


def test_shipped_bundle_says_what_it_learned_from(shipped: Bundle) -> None:
    """Every source of data has its licence, and none of the test part was used."""
    for source in shipped.card.training_data:
        assert source.licence
        assert "test" not in source.recordings


def test_golden_vectors_show_an_event(shipped: Bundle) -> None:
    """Vectors on which the network only ever says noise would prove nothing."""
    noise = shipped.golden.probabilities[:, shipped.card.output.labels.index("noise")]

    assert noise.min() < 0.1
    assert noise.max() > 0.9


def test_same_content_gives_the_same_bytes(shipped: Bundle, tmp_path: Path) -> None:
    """Packing again what was unpacked gives the very file, whenever and wherever."""
    again = write_bundle(tmp_path, shipped.card, shipped.networks, shipped.golden)

    assert shipped.path.read_bytes() == again.read_bytes()


def test_golden_vectors_survive_the_file() -> None:
    """What is written is what is read, states included."""
    rng = np.random.default_rng(1)
    state = rng.standard_normal((1, 6, 1, 2)).astype(np.float32)
    golden = Golden(
        *(rng.standard_normal((8, 3)).astype(np.float32) for _ in range(3)), {"a": state}
    )

    read = Golden.from_bytes(golden.to_bytes(), ("a",))

    np.testing.assert_array_equal(golden.samples, read.samples)
    np.testing.assert_array_equal(golden.probabilities, read.probabilities)
    np.testing.assert_array_equal(golden.states["a"], read.states["a"])


def test_order_of_members_does_not_matter() -> None:
    """A packed file depends on the content alone."""
    assert pack({"a": b"1", "b": b"2"}) == pack({"b": b"2", "a": b"1"})


def _methods(packed: bytes) -> dict[str, int]:
    with zipfile.ZipFile(io.BytesIO(packed)) as archive:
        return {info.filename: info.compress_type for info in archive.infolist()}


def test_only_large_members_that_halve_are_deflated() -> None:
    """A network that says the same over and over travels small; weights stay as they are."""
    weights = np.random.default_rng(1).bytes(200_000)
    members = {"again": weights[:1000] * 300, "card": b" " * 50_000, "weights": weights}

    packed = pack(members)

    assert {"again": zipfile.ZIP_DEFLATED, "card": 0, "weights": 0} == _methods(packed)
    assert 260_000 > len(packed)
    assert members == unpack(packed, dict.fromkeys(members, 300_000))
    assert packed == pack(members)


def test_bound_of_a_deflated_member_is_on_what_it_unpacks_to() -> None:
    """A small file may hold a large member: the limit is on the memory that it takes."""
    packed = pack({"again": b"network " * 100_000})

    assert 10_000 > len(packed)
    with pytest.raises(ValueError, match="larger than 700000 bytes"):
        unpack(packed, {"again": 700_000})


@pytest.mark.parametrize("hash_known", [True, False])
def test_hash_of_the_file_is_told(shipped: Bundle, *, hash_known: bool) -> None:
    """Triggers carry the hash of the bundle; an update may ask for it."""
    expected = shipped.sha256 if hash_known else None

    assert shipped.sha256 == load_bundle(shipped.path, expected_sha256=expected).sha256
