"""How many stations may fail: a share, such as `10%`, or a number, such as `3`."""

import re
from dataclasses import dataclass
from typing import Annotated, Final

from pydantic import AfterValidator

_FORM: Final = re.compile(r"(\d{1,6}(?:\.\d{1,3})?)\s*(%?)")
_WHOLE: Final = 100.0


@dataclass(frozen=True, slots=True)
class Threshold:
    """What may fail; more is too much, just so much is not."""

    value: float
    is_share: bool

    def exceeded(self, failed: int, executed: int) -> bool:
        """Return whether too many failed.

        Args:
            failed: Stations that failed.
            executed: Stations that came to an end, well or not; with none nothing is exceeded.
        """
        if executed == 0 or failed == 0:
            return False
        if not self.is_share:
            return failed > self.value
        return failed * _WHOLE > self.value * executed


def parse_threshold(text: str) -> Threshold:
    """Return what an expression means.

    Raises:
        ValueError: It is neither a share of 0 to 100 % nor a whole number.
    """
    found = _FORM.fullmatch(text.strip())
    if found is None:
        raise ValueError(f"{text!r} is no threshold; write a share, '10%', or a number, '3'")
    value, is_share = float(found[1]), found[2] == "%"
    if is_share and value > _WHOLE:
        raise ValueError(f"{text!r} is more than all stations; write at most '100%'")
    if not is_share and not value.is_integer():
        raise ValueError(f"{text!r} stations cannot fail; write a whole number or a share")
    return Threshold(value, is_share)


def _checked(text: str) -> str:
    parse_threshold(text)
    return text


ThresholdText = Annotated[str, AfterValidator(_checked)]
"""A field that holds such an expression."""
