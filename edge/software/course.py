"""The updater's part in agent software: what is wanted, fetched, verified and unpacked."""

import shutil
from collections.abc import Callable, Mapping

import structlog

from edge import __version__
from edge.config import StationConfig
from edge.errors import UpdateError, UpdateRefusedError
from edge.software.archive import here as this_computer
from edge.software.archive import open_archive
from edge.software.decide import Place, decide, fitting, free_bytes
from edge.software.install import check_room, unpack, unpacked_bytes
from edge.software.launched import installed_version
from edge.software.releases import digest, trouble_with
from edge.update.client import TufClient
from edge.update.course import Course, Wanted
from edge.update.decide import Act, Decision, Offer
from edge.update.disk import Disk
from edge.update.machine import SOFTWARE_WAY, Work
from edge.update.record import Candidate, Installed, Phase, Record
from edge.update.steps import begun, left
from edge.update.targets import SOFTWARE, Kind, Order, Return, SoftwareFacts
from edge.update.versions import AnyVersion, order_of
from edge.update.wayback import before, is_leaving

_log = structlog.get_logger(__name__)


class SoftwareCourse(Course):
    """The way of agent software, as far as a short-lived process goes it.

    Args:
        config: The station's.
        now_ns: The wall clock, nanoseconds since 1970 UTC.
        disk: Writes.
    """

    def __init__(
        self, config: StationConfig, now_ns: Callable[[], int], disk: Disk | None = None
    ) -> None:
        super().__init__(config, Kind.SOFTWARE, SOFTWARE_WAY, now_ns, disk)

    def wanted(self, client: TufClient, record: Record) -> Wanted:
        """Return which release is to run here.

        Raises:
            UpdateError: It cannot be had.
        """
        found = client.assignment(self.rings, Kind.SOFTWARE)
        ring, order = found if found is not None else ("", None)
        if order is not None and is_leaving(record, order):
            return self._back(client, ring, order, record)
        if order is None or isinstance(order, Return):
            return Wanted(Decision(Act.NOTHING, "no software is assigned to this station"), "none")
        offers = {path: client.offer(path, SoftwareFacts) for path in order.archives}
        place = self._place()
        offer = fitting({path: one for path, one in offers.items() if one is not None}, place)
        decision = decide(record, order, offer, place)
        sha256s = frozenset(order.archives.values())
        if offer is not None and self._is_damaged(record, offer):
            decision = Decision(Act.TAKE, f"{order.version} is here and damaged: unpacked anew")
            return Wanted(decision, order.version, sha256s, offer)
        if decision.act is not Act.TAKE or offer is None:
            return Wanted(decision, order.version, sha256s)
        candidate = self.candidate_of(offer, order.rollout_id, ring, returning=order.returning)
        return Wanted(decision, order.version, sha256s, offer, candidate)

    def _back(self, client: TufClient, ring: str, order: Order, record: Record) -> Wanted:
        """Return the way back: to the release before, which lies here, or to what was installed."""
        committed = record.committed
        had = before(record, order, committed.over if committed is not None else None)
        place = self._place()
        if had is None:
            floor = record.floors.get(committed.name) if committed is not None else None
            if floor is not None and order_of(place.installed) < order_of(floor):
                reason = f"{place.installed} is below the floor {floor} that was signed"
                return Wanted(Decision(Act.REFUSE, reason), place.installed)
            decision = Decision(Act.TAKE, "back to what was installed on site")
            return Wanted(decision, place.installed)
        kept = (record.candidate, record.committed)
        said, sha256s = str(had.version), frozenset({had.sha256})
        if record.is_quarantined(had.sha256) or had.sha256 in {one.sha256 for one in kept if one}:
            return Wanted(Decision(Act.NOTHING, f"{said} is here or quarantined"), said, sha256s)
        python = place.python.replace(".", "")
        path = f"{SOFTWARE}/{had.name}-{said}-{place.platform}-cp{python}.tar"
        floor = record.floors.get(had.name)
        fault = self._no_way_back(had, floor, client.offer(path, SoftwareFacts))
        if fault is not None:
            return Wanted(Decision(Act.REFUSE, f"there is no way back to {said}: {fault}"), said)
        candidate = Candidate(
            **had.model_dump(include={"sha256", "name", "version"}),
            path=path,
            floor=had.version if floor is None else floor,
            rollout_id=order.rollout_id,
            ring=ring,
            returning=True,
            phase=Phase.FETCHED,
            tries_left=self.rules.tries,
            since=self.now_ns(),
        )
        return Wanted(Decision(Act.TAKE, "back"), said, sha256s, candidate=candidate)

    def _no_way_back(
        self, had: Installed, floor: AnyVersion | None, listed: Offer[SoftwareFacts] | None
    ) -> str | None:
        """Return why the release before is none to go back to; None where it is one."""
        if floor is not None and order_of(had.version) < order_of(floor):
            return f"it is below the floor {floor} that was signed"
        if listed is None or listed.sha256 != had.sha256:
            return "it is not listed by the role models any more"
        return trouble_with(self.store.place(had.sha256))

    def take(self, client: TufClient, wanted: Wanted) -> None:
        """Fetch what is wanted and write down that it is here; back takes nothing but that.

        What is in charge and lost a file is fetched and unpacked once more.

        Raises:
            UpdateError: It cannot be had, or is something else.
        """
        offer, candidate = wanted.offer, wanted.candidate
        if offer is not None and candidate is None:
            self._mend(client, offer)
        elif offer is not None:
            super().take(client, wanted)
        elif candidate is not None:
            self.store.change(lambda record: begun(record, candidate))
        else:
            self.store.change(lambda record: left(record, self.now_ns()))

    def works(self) -> Mapping[Phase, Work]:
        """Return who verifies, and who looks at the place; the agent does what comes after."""
        return {Phase.FETCHED: self.verify, Phase.VERIFIED: self.check_place}

    def fetch(self, client: TufClient, offer: Offer[SoftwareFacts]) -> None:
        """Fetch an archive; what lies here already is not fetched again.

        Raises:
            UpdateError: It cannot be had, or is something else.
        """
        if trouble_with(self.store.place(offer.sha256)) is not None:
            staged, limit_s = self.store.staged(offer.sha256), self.rules.software_limit_s
            client.fetch_large(offer, staged, limit_s, self.told)

    def tidy(self) -> None:
        """Remove what was left half-fetched; old releases are the agent's, who may run one."""
        self.store.tidy_staging(self.sought)

    def verify(self, candidate: Candidate) -> None:
        """Check that what was fetched holds what was signed, for this computer; unpack it.

        Raises:
            UpdateError: There is no room, or it cannot be written.
            UpdateRefusedError: It is another, or for another computer.
        """
        place, staged = self.store.place(candidate.sha256), self.store.staged(candidate.sha256)
        if staged.is_file() or trouble_with(place) is not None:
            self._install(candidate.sha256, str(candidate.version))

    def _install(self, sha256: str, version: str) -> None:
        """Put what was fetched where it will run from; all of it, or nothing.

        Raises:
            UpdateError: There is no room, or it cannot be written.
            UpdateRefusedError: It is another, or for another computer.
        """
        place, staged = self.store.place(sha256), self.store.staged(sha256)
        try:
            if digest(staged) != sha256:
                raise UpdateRefusedError("what lies on the disk is not what was fetched")
            with open_archive(staged) as archive:
                archive.check(version)
                spare = self.rules.software_free_bytes
                check_room(self.store.folder, unpacked_bytes(archive), spare)
                tree = staged.with_suffix(".tree")
                unpack(archive, tree, self.store.disk)
            shutil.rmtree(place, ignore_errors=True)
            self.store.disk.rename(tree, place)
            self.store.disk.sync(place.parent)
            self.store.disk.remove(staged)
        except OSError as error:
            raise UpdateError("files", f"{place}: {error.strerror or error}") from error
        _log.info("software_unpacked", version=version, place=str(place))

    def _is_damaged(self, record: Record, offer: Offer[SoftwareFacts]) -> bool:
        """Return whether a release is in charge that cannot be started any more."""
        committed = record.committed
        if committed is None or committed.sha256 != offer.sha256 or record.candidate is not None:
            return False
        return trouble_with(self.store.place(offer.sha256)) is not None

    def _mend(self, client: TufClient, offer: Offer[SoftwareFacts]) -> None:
        """Fetch and unpack once more what is in charge and lost a file.

        Raises:
            UpdateError: It cannot be had, or cannot be unpacked.
        """
        self.fetch(client, offer)
        try:
            self._install(offer.sha256, offer.facts.version)
        except UpdateRefusedError as error:
            raise UpdateError("files", f"{offer.path}: {error.reason}") from error

    def check_place(self, candidate: Candidate) -> None:
        """Check that the disk gives back what was put there, file by file.

        Raises:
            UpdateRefusedError: It does not.
        """
        reason = trouble_with(self.store.place(candidate.sha256), thorough=True)
        if reason is not None:
            raise UpdateRefusedError(reason)

    def _place(self) -> Place:
        platform, python = this_computer()
        spare = self.rules.software_free_bytes
        return Place(
            now_ns=self.now_ns(),
            platform=platform,
            python=python,
            installed=installed_version(__version__),
            agent=__version__,
            most_bytes=self.rules.software_most_bytes,
            free_bytes=free_bytes(self.store.folder, spare),
        )
