"""What the two networks of TECHTONICS share: the picture that they look at."""

from edge.signal.features.spectrogram_image import COLUMNS, ROWS, SpectrogramImageConfig
from training.models.recipe import Difference, InputSpec, Source

INPUT = InputSpec(
    kind="image",
    shape=(ROWS, COLUMNS, 1),
    rate_hz=100.0,
    window_s=60.0,
    components="Z",
)
GREY_LEVELS = Difference(
    topic="grey levels",
    published="fixed limits of -10 and 25 dB on raw counts, so that the gain of the instrument "
    "tells noise from earthquake",
    sound="the same limits, about the median of the window's own spectrogram",
)
PLACE_OF_P = Difference(
    topic="place of the P",
    published="windows as the data set has them, P near the beginning",
    sound="anywhere in the window; for a magnitude in its first half",
)


def source(result: str) -> Source:
    """Return the source with what its authors report of one network."""
    return Source(
        citation="Panizghi/TECHTONICS 2023 (repository)", licence="none given", result=result
    )


def image_config(*, as_published: bool = False) -> SpectrogramImageConfig:
    """Return how the picture is drawn.

    Args:
        as_published: With fixed limits instead of the window's own median.
    """
    return SpectrogramImageConfig(relative=not as_published)
