"""Which part of the data a recording belongs to: decided by event, never by station or window.

OpenEEW: the events of 2017-2018 train, two of them (one at each of the network's two sampling
rates) are held out for validation; 2019-2020 is the test part, which nothing here may read for
training, calibration, tuning or choice. The other sets are dealt by a hash of the event's name,
so that adding recordings moves none from one part to another.
"""

import hashlib

from training.data.record import Part

OPENEEW_VALIDATION = frozenset({"2018_1_29", "2018_8_22"})
OPENEEW_FIRST_TEST_YEAR = 2019


def openeew_part(event: str) -> Part:
    """Return the part of an OpenEEW event named `YEAR_MONTH_DAY`."""
    if int(event.split("_", maxsplit=1)[0]) >= OPENEEW_FIRST_TEST_YEAR:
        return "test"
    return "validation" if event in OPENEEW_VALIDATION else "train"


def hashed_part(event: str) -> Part:
    """Return the part of any other event: 70 % train, 15 % validation, 15 % test."""
    share = hashlib.sha256(event.encode()).digest()[0] / 256
    if share < 0.70:
        return "train"
    return "validation" if share < 0.85 else "test"
