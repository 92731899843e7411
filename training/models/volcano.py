"""What the two volcano networks of Titos et al. 2023 share: input, classes, source, mistakes."""

from training.models.recipe import Difference, InputSpec, Source

FEATURES = 48
LABELS = ("silence", "tremor", "hybrid", "earthquake", "long-period")
FRAME_HOP_S = 0.5

INPUT = InputSpec(
    kind="filter-bank",
    shape=(None, FEATURES),
    rate_hz=50.0,
    components="Z",
)
DIFFERENCES = (
    Difference(
        topic="clock of the segments",
        published="times divided by 0.0141 instead of multiplied by 70: 1.3 % late, 10 s after "
        "750 s",
        sound="times x 70",
    ),
    Difference(
        topic="background after the last event",
        published="the last segment of a record is never used",
        sound="every segment is used",
    ),
    Difference(
        topic="features at the ends of segments",
        published="of each segment on its own, the last frame filled up with zeros, so that they "
        "tell where a segment ends",
        sound="of the whole record",
    ),
)


def source(result: str) -> Source:
    """Return the source with what is known of one network's accuracy."""
    return Source(
        citation="Titos et al. 2023, Frontiers in Earth Science 11:1204832",
        licence="none given",
        result=result,
    )
