"""Travel times of the first P and S arrivals through a 1-D velocity model.

`rays` integrates them, `TravelTimes` tabulates them once a process and looks them up.
"""

from cloud.traveltimes.rays import first_arrivals
from cloud.traveltimes.table import TravelTimes, travel_times

__all__ = ["TravelTimes", "first_arrivals", "travel_times"]
