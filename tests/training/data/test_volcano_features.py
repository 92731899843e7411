"""Features and classes of volcano records: whole, or segment by segment as published."""

from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("keras", reason="the training extra is not installed")

from training.data.pool import FeatureSequence, Pool
from training.data.recording import Description, Recording, Segment
from training.data.sets import read_pools
from training.data.volcano_features import feature_sequences, scaler_of
from training.zoo import network

RECIPE = network("volcano_tcn").sound
SILENCE, EARTHQUAKE = 0, 3


def record(seconds: int = 120, *, labelled: bool = True) -> Recording:
    """Return a vertical record of 50 Hz with an earthquake from second 40 to 80."""
    rng = np.random.default_rng(1)
    samples = np.full((seconds * 50, 3), np.nan, np.float32)
    samples[:, 0] = rng.standard_normal(seconds * 50)
    samples[2000:4000, 0] *= 50
    marks = ((0, 2000, "BGN"), (2000, 4000, "Equ"), (4000, seconds * 50, "BGN"))
    segments = tuple(Segment(*mark) for mark in marks) if labelled else ()
    about = Description(
        source="volcano", name="one", event="one", station="BZ01", part="train", rate_hz=50.0,
        segments=segments,
    )  # fmt: skip
    return Recording(about, samples)


def test_a_record_becomes_frames_with_classes() -> None:
    """Two frames a second; those in the earthquake are called so and are louder."""
    (made,) = feature_sequences(RECIPE, Pool([record()]))

    assert len(made.features) == len(made.labels) == 233
    assert EARTHQUAKE == made.labels[100]
    assert SILENCE == made.labels[20] == made.labels[220]
    assert made.features[100, :16].mean() > made.features[20, :16].mean() + 1


def test_the_last_segment_counts_in_the_sound_form_alone() -> None:
    """Published: what follows the earthquake is never used."""
    lengths = {
        form: (feature_sequences(RECIPE, Pool([record()]), as_published=form)[0].labels == 0).sum()
        for form in (False, True)
    }

    assert lengths[False] > 1.6 * lengths[True]


def test_published_features_show_where_segments_begin() -> None:
    """Each segment on its own, its last frame filled up with zeros: 75 frames for 74 whole ones."""
    (published,) = feature_sequences(RECIPE, Pool([record()]), as_published=True)

    assert [75, 75] == [int((published.labels == kind).sum()) for kind in (SILENCE, EARTHQUAKE)]
    assert [75] == (np.flatnonzero(np.diff(published.labels)) + 1).tolist()


def test_unlabelled_records_are_left_out() -> None:
    """Nothing can be learned from them."""
    assert () == feature_sequences(RECIPE, Pool([record(labelled=False)]))


def test_sequences_come_through_as_they_are() -> None:
    """They are normalised already; the scaler is that of the recordings."""
    given = FeatureSequence("one", "made", np.full((3, 48), 9, np.float32), np.array([0, 1, 2]))

    made = feature_sequences(RECIPE, Pool([record()], [given]))

    assert given is made[0]
    assert pytest.approx(0, abs=1e-3) == made[1].features.mean()


def test_the_scaler_is_that_of_the_training_part() -> None:
    """Other records are scaled by it, not by themselves."""
    loud = record()
    loud.samples[:, 0] *= 100
    scaler = scaler_of(RECIPE, Pool([record()]))

    (made,) = feature_sequences(RECIPE, Pool([loud]), scaler)

    assert made.features[:, :16].mean() > 1


def test_real_volcano_records_and_sequences(shared_data: Path) -> None:
    """Bezymianny's records have silence and earthquakes, Deception's sequences all five classes."""
    pools = read_pools([shared_data], RECIPE)

    made = feature_sequences(RECIPE, pools["train"])

    assert {"sequences", "volcano"} == {one.source for one in made}
    classes = {source: set() for source in ("sequences", "volcano")}
    for one in made:
        classes[one.source] |= set(one.labels.tolist()) - {-1}
    assert {"sequences": {0, 1, 2, 3, 4}, "volcano": {0, 3}} == classes
