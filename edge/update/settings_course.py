"""Settings over the air, as one kind of what the updater brings: wanted, fetched, verified.

Whether they fit this station is for the agent to say, which knows its station file.
"""

import hashlib
from collections.abc import Callable, Mapping
from typing import Final

from edge import __version__
from edge.config import StationConfig
from edge.errors import ConfigError, UpdateError, UpdateRefusedError
from edge.update.client import TufClient
from edge.update.configuration import MOST_BYTES, read_settings, settings_as_text
from edge.update.course import Course, Wanted
from edge.update.decide import Act, Decision, Offer, Surroundings, decide
from edge.update.disk import Disk
from edge.update.machine import SETTINGS_WAY, Work
from edge.update.record import Candidate, Phase, Record
from edge.update.settings_trial import NONE, NONE_PATH, is_none
from edge.update.targets import (
    ConfigurationAssignment,
    ConfigurationFacts,
    Kind,
    Order,
    Return,
)
from edge.update.wayback import before, is_leaving

_NOTHING: Final = Offer(NONE_PATH, NONE, 0, ConfigurationFacts(name="none", version=1, settings={}))
"""No settings at all: the station file alone."""


class SettingsCourse(Course):
    """The way of settings, as far as a short-lived process goes it.

    Args:
        config: The station's.
        now_ns: The wall clock, nanoseconds since 1970 UTC.
        disk: Writes.
    """

    def __init__(
        self, config: StationConfig, now_ns: Callable[[], int], disk: Disk | None = None
    ) -> None:
        super().__init__(config, Kind.CONFIGURATION, SETTINGS_WAY, now_ns, disk)

    def wanted(self, client: TufClient, record: Record) -> Wanted:
        """Return which settings are to hold here.

        Raises:
            UpdateError: It cannot be had.
        """
        found = client.assignment(self.rings, Kind.CONFIGURATION)
        ring, order = found if found is not None else ("", None)
        assignment, back = _meant(record, order)
        if assignment is None:
            reason = "no settings are assigned to this station"
            return Wanted(Decision(Act.NOTHING, reason), "none")
        path = assignment.configuration
        to_nothing = back and path == NONE_PATH
        offer = _NOTHING if to_nothing else client.offer(path, ConfigurationFacts)
        decision = decide(record, assignment, offer, self._here(), back=back)
        sha256s = frozenset({assignment.sha256})
        if decision.act is not Act.TAKE or offer is None:
            return Wanted(decision, path, sha256s)
        candidate = self.candidate_of(offer, assignment.rollout_id, ring, returning=decision.back)
        return Wanted(decision, path, sha256s, offer, candidate)

    def fetch(self, client: TufClient, offer: Offer[ConfigurationFacts]) -> None:
        """Fetch settings, if they are those that people have read before they signed.

        Raises:
            UpdateError: They cannot be had, or are others.
        """
        staged = self.store.staged(offer.sha256)
        try:
            if offer is _NOTHING:
                self.store.disk.put(staged, b"")
                return
            super().fetch(client, offer)
            said = settings_as_text(read_settings(staged.read_bytes()))
        except OSError as error:
            raise UpdateError("files", f"{staged}: {error.strerror}") from error
        except ConfigError:
            return  # the next phase says what is wrong with them, and quarantines them
        if said != offer.facts.settings:
            self.store.disk.remove(staged)
            reason = f"{offer.path}: the settings are not those that its signers have read"
            raise UpdateError("repository", reason)

    def works(self) -> Mapping[Phase, Work]:
        """Return who verifies; the agent does what comes after."""
        return {Phase.FETCHED: self.verify}

    def verify(self, candidate: Candidate) -> None:
        """Check that what was fetched are the settings that were signed; move them.

        Raises:
            UpdateError: They cannot be moved.
            UpdateRefusedError: They are others, or may not be changed from afar.
        """
        place, staged = self.store.place(candidate.sha256), self.store.staged(candidate.sha256)
        if not staged.is_file() and place.is_file():
            staged = place
        try:
            content = staged.read_bytes()
            found = hashlib.sha256(content).hexdigest()
            if found != candidate.sha256:
                raise UpdateRefusedError(f"what lies on the disk has sha256 {found}")
            if not is_none(candidate):
                read_settings(content)
            if staged != place:
                self.store.disk.rename(staged, place)
            self.store.disk.sync(place.parent)
        except ConfigError as error:
            raise UpdateRefusedError("; ".join(str(error).splitlines())) from error
        except OSError as error:
            raise UpdateError("files", f"{place}: {error.strerror}") from error

    def _here(self) -> Surroundings:
        sensor = getattr(self.config.source, "sensor", None)
        return Surroundings(self.now_ns(), __version__, sensor, MOST_BYTES)


def _meant(record: Record, order: Order | None) -> tuple[ConfigurationAssignment | None, bool]:
    """Return what an assignment comes to on a station, and whether that is its way back."""
    if order is None or not is_leaving(record, order):
        return (order if isinstance(order, ConfigurationAssignment) else None), False
    had = before(record, order, None if record.previous is None else record.previous.over)
    path, sha256 = NONE_PATH, NONE
    if had is not None:
        path, sha256 = f"configuration/{had.name}-{had.version}.toml", had.sha256
    said = order.model_dump(include=set(Return.model_fields) - {"leaving", "deadline"})
    said |= {"configuration": path, "sha256": sha256, "returning": True}
    return ConfigurationAssignment.model_validate(said), True
