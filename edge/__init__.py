"""What runs on a station: sources, time base, detectors, triggers, outbox.

Nothing here imports `training` or `cloud`. The signal processing in `edge.signal` is the only one
in the kit: networks are trained with the very code that feeds them on the station.
"""

__version__ = "0.1.0"
