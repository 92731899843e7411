"""What stations are to run, read from the repository of updates that the centre serves."""

from typing import Final

from cloud.board.wanted import KINDS, Assigned, Wanted
from cloud.release.listing import assignments
from cloud.release.repository import Repository
from cloud.release.roles import ROLLOUT
from edge.update.targets import Kind, Order, SoftwareAssignment, rollout_path

_NOTHING: Final = "what was there before"


class Desired:
    """The assignments, read anew where they have changed; methods block for the disk.

    Args:
        repository: The repository; it need not be there yet.
    """

    def __init__(self, repository: Repository) -> None:
        self._repository = repository
        self._version = 0
        self._wanted = Wanted()

    def read(self) -> Wanted:
        """Return what is assigned; the same object while nothing has changed.

        Raises:
            ReleaseError: The repository is damaged.
            OSError: It cannot be read.
            ValueError: An assignment makes no sense.
        """
        version = self._repository.version(ROLLOUT)
        if version != self._version:
            self._wanted = _wanted(self._repository)
            self._version = version
        return self._wanted


def what_of(order: Order) -> str:
    """Return what an assignment names, as people say it: `quake_cnn 2`."""
    if isinstance(order, SoftwareAssignment):
        return f"tremorkit {order.version}"
    path = next(iter(order.named), None)
    if path is None:
        return _NOTHING
    name, _, version = path.rpartition("/")[2].rpartition(".")[0].rpartition("-")
    return f"{name} {version}"


def _wanted(repository: Repository) -> Wanted:
    targets = repository.rollout().targets
    orders: dict[tuple[str, Kind], Assigned] = {}
    for kind in KINDS:
        for ring, order in assignments(repository, kind).items():
            target = targets.get(rollout_path(ring, kind))
            if target is None:
                continue  # assigned in this very moment: the next look has it
            # A file is written once, when what it says is assigned.
            since_ns = repository.target_file(target).stat().st_mtime_ns
            orders[ring, kind] = Assigned(
                kind=kind,
                what=what_of(order),
                hashes=frozenset(order.named.values()),
                ring=ring,
                rollout=order.rollout_id,
                since_ns=since_ns,
                leaving=frozenset(order.leaving),
                version=order.version if isinstance(order, SoftwareAssignment) else None,
            )
    return Wanted(orders)
