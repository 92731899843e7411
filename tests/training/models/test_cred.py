"""CRED's labels: an event always has one, in the sound form."""

import numpy as np
import pytest

pytest.importorskip("keras", reason="the training extra is not installed")

from edge.signal.features.stft import stft
from training.models.cred import spectrogram_config
from training.models.cred_labels import BINS, WINDOW_SAMPLES, Onsets, bin_labels


def _share_without_label(s_minus_p_s: float, *, as_published: bool) -> float:
    """Return the share of P arrivals, all over the window, that leave no label."""
    p_samples = np.arange(0, 4000)
    empty = [
        not bin_labels([Onsets(p, p + 100 * s_minus_p_s)], as_published=as_published).any()
        for p in p_samples.tolist()
    ]
    return float(np.mean(empty))


def test_label_goes_from_p_to_a_while_after_s() -> None:
    """P at 15 s and S at 20 s: bins 9 to 16, of which the published rule leaves the ends out."""
    event = Onsets(1500, 2000)

    sound = np.flatnonzero(bin_labels([event])[:, 0])
    published = np.flatnonzero(bin_labels([event], as_published=True)[:, 0])

    assert list(range(9, 17)) == sound.tolist()
    assert list(range(9, 15)) == published.tolist()


@pytest.mark.parametrize(("s_minus_p_s", "share"), [(0.5, 0.69), (1.0, 0.38), (1.5, 0.05)])
def test_published_rule_leaves_near_events_without_label(s_minus_p_s: float, share: float) -> None:
    """The known shares of empty labels come out of the published rule, none out of ours."""
    assert pytest.approx(share, abs=0.02) == _share_without_label(s_minus_p_s, as_published=True)
    assert _share_without_label(s_minus_p_s, as_published=False) == 0


def test_second_event_is_labelled() -> None:
    """Two events in a window: the published rule forgets the later one."""
    events = [Onsets(500, 800), Onsets(4000, 4300)]

    sound, published = bin_labels(events), bin_labels(events, as_published=True)

    assert sound[26].all()
    assert not published[26].any()
    np.testing.assert_array_equal(bin_labels(events[:1], as_published=True), published)


def test_noise_has_no_label() -> None:
    """No event, no label, one number a bin."""
    labels = bin_labels([])

    assert (BINS, 1) == labels.shape
    assert not labels.any()


@pytest.mark.parametrize("p_sample", [-400, 0, WINDOW_SAMPLES - 10])
def test_event_at_the_edge_of_the_window_is_cut(p_sample: int) -> None:
    """An event that begins before or ends after the window labels what is inside, no more."""
    labels = bin_labels([Onsets(p_sample, p_sample + 300)])

    assert (BINS, 1) == labels.shape
    assert labels[0 if p_sample < 10 else -1, 0] == 1
    assert labels.sum() < 6


def test_trace_that_swings_downwards_is_not_blown_up() -> None:
    """The published form divides by the signed maximum, here a tenth of the largest swing."""
    trace = np.zeros((6000, 3), np.float32)
    trace[3000] = -1.0
    trace[4000] = 0.1

    sound = stft(trace, spectrogram_config())
    published = stft(trace, spectrogram_config(as_published=True))

    assert pytest.approx(10 * sound.max(), rel=0.01) == published.max()
