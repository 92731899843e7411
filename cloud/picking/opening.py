"""One way to a picker, whatever runs it."""

from collections.abc import Iterator
from contextlib import closing, contextmanager

from cloud.picking.base import Picker
from cloud.picking.config import PickingConfig
from cloud.picking.pool import PickerPool


@contextmanager
def open_picker(config: PickingConfig) -> Iterator[Picker]:
    """Start the configured picker and end it with the block.

    It may be asked from several threads; asking waits.

    Args:
        config: Section [picking].

    Raises:
        PickerError: It does not start; says why.
        MissingExtraError: Ray is wanted and not installed.
    """
    if config.engine == "ray":
        from cloud.picking.ray_pool import RayPool  # noqa: PLC0415 - Ray is an extra

        with closing(RayPool(config)) as pool:
            yield pool
        return
    with closing(PickerPool(config)) as pool:
        yield pool
