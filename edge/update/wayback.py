"""The way back: who is to leave what it committed goes to what it itself had before.

An assignment may name hashes that are to be left (`leaving`). It does not say where to: each
station knows what it had. That is the only way to an older version, besides an assignment that
names it and is marked as returning; whoever steals the centre's key can bring a station to what it
ran before and to nothing else, and never below a floor that holders of keys have signed.
"""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass

from edge.bundle import load_bundle
from edge.bundle.shipped import find_bundle, shipped_bundle
from edge.config import StationConfig
from edge.errors import BundleError
from edge.update.decide import Offer
from edge.update.record import Installed, Record
from edge.update.targets import Assignment, ModelFacts, Order, Return, facts_of, model_path


@dataclass(frozen=True, slots=True)
class Own:
    """The station file's own network: it lies here, nobody need send it."""

    offer: Offer[ModelFacts]
    content: bytes


@dataclass(frozen=True, slots=True)
class Meant:
    """What an assignment comes to on one station.

    Attributes:
        assignment: What to run; None: nothing new.
        back: It is the way back, by the station's own record.
        own: The station file's own network, where that is what to run.
        problem: Why there is no way back; None where there is, or none is wanted.
    """

    assignment: Assignment | None
    back: bool = False
    own: Own | None = None
    problem: str | None = None


def is_leaving(record: Record, order: Order | None) -> bool:
    """Return whether a station is to leave what it committed; of any kind."""
    committed = record.committed
    return order is not None and committed is not None and committed.sha256 in order.leaving


def before(record: Record, order: Order, over: str | None) -> Installed | None:
    """Return what a station had that it may go back to; None: only what came with it. Of any kind.

    Args:
        record: What is kept.
        order: With what is to be left.
        over: What the station file says: what was committed over another word of it is older.
    """
    had = record.previous
    if had is None or had.sha256 in order.leaving or had.over != over:
        return None
    return had


def meant_by(
    record: Record, order: Order | None, over: str | None, own: Callable[[], Own | None]
) -> Meant:
    """Return what an assignment of a network comes to on a station.

    Args:
        record: What is kept.
        order: The assignment; None: there is none.
        over: What the station file says of its network.
        own: Returns the station file's network; asked only where nothing else is there.
    """
    if order is None or not is_leaving(record, order):
        return Meant(order if isinstance(order, Assignment) else None)
    had = before(record, order, over)
    if had is not None:
        path = model_path(had.name, int(had.version))
        return Meant(_towards(order, path, had.sha256), back=True)
    file = own()
    if file is None or file.offer.sha256 in order.leaving:
        return Meant(None, problem="it is to be left, and nothing that ran before is here")
    return Meant(_towards(order, file.offer.path, file.offer.sha256), back=True, own=file)


def file_says(config: StationConfig) -> str | None:
    """Return which network a station file names; None where it names none."""
    bundle = config.detection.model.bundle
    return None if bundle is None else str(bundle)


def own_network(config: StationConfig) -> Own | None:
    """Return the station file's own network; None where it cannot be read."""
    wanted = config.detection.model.bundle
    try:
        path = shipped_bundle() if wanted is None else find_bundle(wanted)
        content = path.read_bytes()
        facts = facts_of(load_bundle(path).card)
    except (BundleError, OSError):
        return None
    sha256 = hashlib.sha256(content).hexdigest()
    return Own(Offer(model_path(facts.name, facts.version), sha256, len(content), facts), content)


def _towards(order: Order, path: str, sha256: str) -> Assignment:
    said = order.model_dump(include=set(Return.model_fields) - {"leaving", "deadline"})
    return Assignment.model_validate(said | {"model": path, "sha256": sha256, "returning": True})
