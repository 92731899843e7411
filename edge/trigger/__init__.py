"""The life of a trigger, from the hop in which a detector fires to its last revision."""

from edge.trigger.candidate import Surroundings
from edge.trigger.tracker import TriggerTracker

__all__ = ["Surroundings", "TriggerTracker"]
