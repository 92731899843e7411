"""Deep picking: seismograms in, arrivals of P and S with probabilities out."""

from cloud.picking.base import PhasePick, Picker

__all__ = ["PhasePick", "Picker"]
