"""Several processes that receive and check what stations send, for one centre.

intake       one process or several
worker       a process: shared subscription, checks, hands on
team         starts the workers, starts them again, reads what they hand on
frames       what goes between them
"""

from cloud.fanin.config import IngestConfig
from cloud.fanin.intake import Intake
from cloud.fanin.team import Team

__all__ = ["IngestConfig", "Intake", "Team"]
