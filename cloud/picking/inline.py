"""A picker in this process: what a worker runs, and what tests compare workers with."""

from collections.abc import Sequence
from dataclasses import replace

from cloud.picking.base import PhasePick
from cloud.picking.bundle_network import open_bundle_network
from cloud.picking.config import PickingConfig
from cloud.picking.curves import CurveNetwork, read_picks
from cloud.picking.seisbench_network import open_seisbench_network
from cloud.seismogram import Seismogram
from edge.messages import Phase


class InlinePicker:
    """Picks with a network, without a queue, in the thread that asks.

    Attributes:
        name: Of the network.
        provider: What runs it: cpu, cuda, tensorrt or torch.
    """

    def __init__(self, network: CurveNetwork, config: PickingConfig) -> None:
        """Prepare to pick.

        Args:
            network: Ready to run.
            config: For the thresholds.
        """
        self.name = network.name
        self.provider = network.provider
        self._network = network
        wished = {Phase.P: config.p_threshold, Phase.S: config.s_threshold}
        self._readings = {
            phase: replace(reading, threshold=wished[phase] or reading.threshold)
            for phase, reading in network.readings.items()
        }

    def pick(self, seismograms: Sequence[Seismogram]) -> list[tuple[PhasePick, ...]]:
        """Return the picks of each seismogram, in order of time."""
        curves = self._network.curves(seismograms)
        return [
            read_picks(of_record, self._readings, seismogram)
            for of_record, seismogram in zip(curves, seismograms, strict=True)
        ]


def open_inline_picker(config: PickingConfig) -> InlinePicker:
    """Return the configured network, ready to pick in this process.

    Raises:
        BundleError: The bundle is refused.
        MissingExtraError: What runs the network is not installed.
        PickerError: SeisBench has no such model or weights.
    """
    network = config.network
    if network.type == "seisbench":
        return InlinePicker(open_seisbench_network(network), config)
    opened = open_bundle_network(network.bundle, config.providers, config.threads)
    return InlinePicker(opened, config)
