"""A bundle of a network of windows: its card fits itself, its outputs are proven here."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from pydantic import ValidationError

from edge.bundle import Bundle, Card, Golden, load_bundle, verify_bundle, write_bundle
from edge.bundle.card import InputFacts, OutputFacts, WindowOutputFacts
from edge.bundle.ziplayer import pack
from edge.detect.loading import shipped_bundle
from edge.errors import BundleError
from edge.signal.preparation import Bandpass, Normalise, SpectrogramImage
from tests.edge.window_bundles import (
    WINDOW,
    classes_output,
    loudness_network,
    window_card,
    window_input,
    write_window_bundle,
)


@pytest.fixture(scope="module")
def loudness(tmp_path_factory: pytest.TempPathFactory) -> Bundle:
    """Return a bundle of the network made by hand."""
    return load_bundle(write_window_bundle(tmp_path_factory.mktemp("bundles")))


def test_bundle_reproduces_its_golden_outputs(loudness: Bundle) -> None:
    """Raw windows go through the card's steps and the network, and come out as they should."""
    verified = verify_bundle(loudness)

    assert 1e-6 > verified.worst_difference
    assert (80, 3) == verified.preparation().shape
    np.testing.assert_allclose(
        loudness.golden.probabilities[1],
        verified.window().run(loudness.golden.conditioned[1]),
        atol=1e-6,
    )


def test_card_survives_the_file(loudness: Bundle) -> None:
    """What was written is what is read, steps told by their names."""
    heard = loudness.card.input

    assert window_input() == heard
    assert classes_output() == loudness.card.output
    assert (Bandpass(low_hz=0.7), Normalise(by="none")) == heard.preprocessing


def test_same_content_gives_the_same_bytes(loudness: Bundle, tmp_path: Path) -> None:
    """Packing again what was unpacked gives the very file."""
    again = write_bundle(tmp_path, loudness.card, loudness.networks, loudness.golden)

    assert loudness.path.read_bytes() == again.read_bytes()


def test_golden_windows_are_filtered_each_by_itself() -> None:
    """A window has no past: its filter begins at its own first sample."""
    heard = window_input()
    windows = np.random.default_rng(1).normal(size=(3, WINDOW, 3)).astype(np.float32) + 9.81

    golden = Golden.of_windows(heard, 2, windows, lambda f: np.zeros((len(f), 2)))

    preparation = heard.preparation()
    alone = preparation.features(preparation.filtered(windows[2])[None])[0]
    np.testing.assert_array_equal(alone, golden.conditioned[2])
    assert (3 * WINDOW, 3) == golden.samples.shape
    assert (3, 1, 2) == golden.probabilities.shape


def test_a_card_without_a_kind_is_one_of_a_stream() -> None:
    """The first bundles named no kind and no reading; they load and mean the same."""
    card = load_bundle(shipped_bundle()).card

    assert isinstance(card.input, InputFacts)
    assert isinstance(card.output, OutputFacts)
    assert ("stream", "hop", 0.25) == (card.input.kind, card.output.reading, card.input.hop_s)
    assert "kind" not in card.model_dump(mode="json")["input"]


INPUTS: dict[str, tuple[dict[str, object], str]] = {
    "hop off the quarters": ({"hop_s": 0.3}, "no whole number of quarters"),
    "hop of half a sample": ({"rate_hz": 50.0, "hop_s": 0.25}, "no whole samples"),
    "hop too long": ({"hop_s": 2.0}, "less than or equal to 1"),
    "rate off the nanoseconds": ({"rate_hz": 60.0}, "no whole number of nanoseconds"),
    "warm-up longer than the window": ({"warm_up_s": 2.5}, "longer than the 2.0 s"),
    "unknown component": ({"components": "ZNR"}, "components"),
    "component twice": ({"components": "ZZ"}, "each once"),
    "no window step": ({"preprocessing": [Bandpass(low_hz=1.0).model_dump()]}, "window step"),
    "step of another window": (
        {"preprocessing": [SpectrogramImage().model_dump()]},
        "spectrogram-image wants a window of 6000",
    ),
    "unknown step": ({"preprocessing": [{"name": "whiten"}]}, "whiten"),
}


@pytest.mark.parametrize("case", INPUTS)
def test_input_that_contradicts_itself_is_refused(case: str) -> None:
    """A station could not feed such a network: the card never comes to be."""
    changes, message = INPUTS[case]

    with pytest.raises(ValidationError, match=message):
        window_input(**changes)


OUTPUTS: dict[str, tuple[dict[str, object], str]] = {
    "classes without quiet": ({"quiet": None}, "readings classes and frames need it"),
    "quiet that is no label": ({"quiet": "silence"}, "none of the labels"),
    "curve without newest": ({"reading": "curve", "quiet": None}, "readings bins and curve need"),
    "curve with quiet": ({"reading": "curve", "newest_s": 1.0}, "no other takes it"),
    "classes with newest": ({"newest_s": 1.0}, "no other takes it"),
}


@pytest.mark.parametrize("case", OUTPUTS)
def test_output_that_contradicts_itself_is_refused(case: str) -> None:
    """Each reading has what it needs and nothing more."""
    changes, message = OUTPUTS[case]

    with pytest.raises(ValidationError, match=message):
        classes_output(**changes)


CARDS: dict[str, tuple[Callable[[], Card], str]] = {
    "window in, hop out": (
        lambda: window_card(
            "mixed", window_input(), OutputFacts(tensor="p", labels=("a", "b"), states={})
        ),
        "input is of a window, output is hop",
    ),
    "newest longer than the window": (
        lambda: window_card(
            "late",
            window_input(),
            WindowOutputFacts(tensor="p", reading="bins", labels=("e",), newest_s=3.0),
        ),
        "longer than the window of 2.0 s",
    ),
    "tolerance that lets everything pass": (
        lambda: window_card(
            "lax",
            window_input(),
            classes_output(),
            tolerance={"worst": 2.0, "mean": 0.1, "conditioned": 1e-5},
        ),
        "above 1",
    ),
}


@pytest.mark.parametrize("case", CARDS)
def test_card_whose_parts_do_not_fit_is_refused(case: str) -> None:
    """Input, output and tolerance belong together."""
    make, message = CARDS[case]

    with pytest.raises(ValidationError, match=message):
        make()


def test_values_may_differ_by_more_than_one() -> None:
    """An arrival in samples is no probability."""
    said = WindowOutputFacts(tensor="v", reading="value", labels=("p_sample",))

    card = window_card(
        "arrival", window_input(), said, tolerance={"worst": 20, "mean": 5, "conditioned": 1e-5}
    )

    assert 20 == card.tolerance.worst


def _tampered(golden: Golden, threat: str) -> Golden:
    match threat:
        case "other output":
            return replace(golden, probabilities=golden.probabilities[::-1].copy())
        case "other features":
            return replace(golden, conditioned=golden.conditioned * np.float32(1.1))
        case "half a window":
            return replace(golden, samples=golden.samples[: WINDOW // 2])
        case "one window less":
            return replace(golden, samples=golden.samples[:WINDOW])
        case "no window":
            return replace(golden, samples=golden.samples[:0])
        case _:
            return replace(golden, probabilities=np.full_like(golden.probabilities, np.nan))


@pytest.mark.parametrize(
    "threat",
    ["other output", "other features", "half a window", "one window less", "no window", "NaN"],
)
def test_network_that_does_not_reproduce_its_windows_is_refused(
    threat: str, loudness: Bundle, tmp_path: Path
) -> None:
    """Sound hashes do not help where features or answers are others here."""
    golden = _tampered(loudness.golden, threat)
    path = write_bundle(tmp_path, loudness.card, loudness.networks, golden)

    with pytest.raises(BundleError, match="golden"):
        verify_bundle(load_bundle(path))


NETWORKS: dict[str, tuple[dict[str, object], str]] = {
    "other input": ({"heard": {"tensor": "picture"}}, "not 'picture' and 'answers'"),
    "other output": ({"said": {"tensor": "classes"}}, "not 'features' and 'classes'"),
    "other shape": ({"heard": {"components": "Z"}}, r"input has shape \(1, 80, 3\)"),
    "labels that do not fit": (
        {"said": {"labels": ("noise", "P", "S")}},
        "3 labels do not fit",
    ),
}


@pytest.mark.parametrize("case", NETWORKS)
def test_network_that_is_not_the_cards_is_refused(case: str, loudness: Bundle) -> None:
    """Names and shapes of the tensors are what the card says."""
    changes, message = NETWORKS[case]
    card = window_card(
        "loudness",
        window_input(**changes.get("heard", {})),
        classes_output(**changes.get("said", {})),
    )

    with pytest.raises(BundleError, match=message):
        verify_bundle(replace(loudness, card=card))


def test_stream_asked_of_a_network_of_windows_is_refused(loudness: Bundle) -> None:
    """And windows of a network of streams: the error says which of the two it is."""
    window, stream = verify_bundle(loudness), verify_bundle(load_bundle(shipped_bundle()))

    for wrong in (window.stream, window.conditioner):
        with pytest.raises(BundleError, match="looks at windows"):
            wrong()
    for wrong in (stream.window, stream.preparation):
        with pytest.raises(BundleError, match="hears a stream"):
            wrong()


def test_error_in_a_card_names_the_place(loudness: Bundle, tmp_path: Path) -> None:
    """A card with a mistake inside the union of kinds is refused with the key."""
    facts = json.loads(loudness.card.model_dump_json())
    facts["input"]["hop_s"] = 0.3
    path = tmp_path / "mistake-1.tremor"
    path.write_bytes(pack({"card.json": json.dumps(facts).encode()}))

    with pytest.raises(BundleError, match=r"card.json: input\.window: .*quarters"):
        load_bundle(path)


def test_network_of_other_bytes_is_refused(loudness: Bundle) -> None:
    """A network that thinks of another loudness answers otherwise."""
    other = {"model.onnx": loudness_network(loud=0.2)}

    with pytest.raises(BundleError, match="golden output differs"):
        verify_bundle(replace(loudness, networks=other))
