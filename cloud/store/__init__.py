"""What the centre remembers, in SQLite or PostgreSQL.

`Store` is the database, `Keeper` the way into it that survives its absence.
"""

from cloud.store.epochs import Epoch
from cloud.store.keeper import Keeper, KeeperConfig, KeeperView
from cloud.store.store import Kept, Store
from cloud.store.tables import metadata

__all__ = ["Epoch", "Keeper", "KeeperConfig", "KeeperView", "Kept", "Store", "metadata"]
