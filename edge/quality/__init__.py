"""What is wrong with the samples: stuck, tilted or leaping components, told as they stream in.

The samples are looked at in chunks of half a second at the station's own rate, before anything is
filtered: offsets are what matters here, and every filter of the detectors takes them out.
"""

from edge.quality.leaps import Leap
from edge.quality.monitor import QualityMonitor

__all__ = ["Leap", "QualityMonitor"]
