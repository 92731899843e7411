"""Which stations can be believed at the moment: no floods, no double codes, no clocks hours off."""

from cloud.guard.config import GuardConfig
from cloud.guard.guard import Doubt, Guard, Verdict

__all__ = ["Doubt", "Guard", "GuardConfig", "Verdict"]
