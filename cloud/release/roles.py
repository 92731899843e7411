"""Who signs what, by how many, for how long (the idea of Uptane in one TUF repository).

    root      holders, offline       whose keys count
    targets   the same holders       hands over to models and rollout
    models    release managers, offline      what may run anywhere
    rollout   the centre's key, online       what is to run where, now
    snapshot, timestamp   the centre's key   which files belong together; that they are fresh

A station installs only what both `models` and `rollout` name. Whoever steals the centre can only
assign what holders have signed; whoever steals one of two keys of `models` nothing.
"""

from datetime import UTC, datetime, timedelta
from typing import Final

ROOT: Final = "root"
TARGETS: Final = "targets"
MODELS: Final = "models"
ROLLOUT: Final = "rollout"
SNAPSHOT: Final = "snapshot"
TIMESTAMP: Final = "timestamp"

OFFLINE: Final = (ROOT, TARGETS, MODELS)
ONLINE: Final = (ROLLOUT, SNAPSHOT, TIMESTAMP)

LIFE: Final = {
    ROOT: timedelta(days=365),
    TARGETS: timedelta(days=365),
    MODELS: timedelta(days=180),
    ROLLOUT: timedelta(days=7),
    SNAPSHOT: timedelta(days=14),
    TIMESTAMP: timedelta(days=7),
}
RENEW_BEFORE: Final = {
    ROLLOUT: timedelta(days=4),
    SNAPSHOT: timedelta(days=7),
    TIMESTAMP: timedelta(days=6),
}
"""The centre signs anew when less than this is left."""
PATHS: Final = {MODELS: ["models/*", "software/*", "configuration/*"], ROLLOUT: ["rollout/*"]}


def expiry(role: str, now: datetime) -> datetime:
    """Return when metadata of a role that are signed now run out."""
    return (now + LIFE[role]).replace(microsecond=0)


def now_utc() -> datetime:
    """Return the time."""
    return datetime.now(UTC)
