"""Deep picking: seismograms in, arrivals of P and S with probabilities out.

    with open_picker(config.picking) as picker:
        picks = picker.pick(seismograms)

`cloud-aggregator run` asks it for waveforms that stations sent, `cloud-aggregator repick` for a
whole archive.
"""

from cloud.picking.base import PhasePick, Picker
from cloud.picking.config import PickingConfig
from cloud.picking.opening import open_picker

__all__ = ["PhasePick", "Picker", "PickingConfig", "open_picker"]
