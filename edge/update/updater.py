"""The short-lived process: look at the repository, fetch, verify, preflight; then it ends.

It runs beside the agent, so that what it needs (python-tuf, cryptography) costs the agent no
memory, and so that nothing that it does can hurt detection.
"""

import hashlib
import shutil
import tempfile
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Final

import structlog

from edge import __version__
from edge.config import StationConfig
from edge.errors import UpdateError
from edge.update.client import TufClient
from edge.update.decide import Act, Decision, Offer, Surroundings, decide
from edge.update.disk import Disk
from edge.update.fetch import Fetcher, FolderFetcher, HttpFetcher, Limits
from edge.update.gate import check_clock, is_kept_by_kernel
from edge.update.machine import Machine
from edge.update.record import Candidate, Phase, Record
from edge.update.steps import begun
from edge.update.store import UpdateStore
from edge.update.targets import Assignment, ModelFacts, station_ring
from edge.update.works import works

_log = structlog.get_logger(__name__)

_BELIEVE_NS: Final = 6 * 3600 * 10**9
"""How much newer a time must be to be written down: a card wears out."""
_FOLDER_BASE: Final = "folder:///"

Source = str | Path
"""An address, or a folder."""


@dataclass(slots=True)
class Report:
    """What one look came to."""

    source: str
    act: str = Act.NOTHING.value
    reason: str = ""
    unchanged: bool = False
    """The repository says what it said before."""
    requests: int = 0
    received_bytes: int = 0
    record: Record = field(default_factory=Record)

    def as_dict(self) -> dict[str, Any]:
        """Return the report for JSON."""
        plain = asdict(self) | {"record": self.record.model_dump(mode="json")}
        plain["record"].pop("format")
        return plain


class UpdateRun:
    """One run of the updater.

    Args:
        config: The station's.
        source: Where the repository is; the configured address where None.
        fetcher: Fetches; by the source's kind where None.
        now_ns: The wall clock, nanoseconds since 1970 UTC.
        is_kept: Says whether somebody keeps the clock.
        disk: Writes.
    """

    def __init__(
        self,
        config: StationConfig,
        source: Source | None = None,
        fetcher: Fetcher | None = None,
        now_ns: Callable[[], int] = time.time_ns,
        is_kept: Callable[[], bool] = is_kept_by_kernel,
        disk: Disk | None = None,
    ) -> None:
        self._config = config
        self._rules = config.update
        self._base, self._fetcher = self._way(source, fetcher)
        self._now_ns = now_ns
        self._is_kept = is_kept if self._rules.clock == "kept" else None
        self._store = UpdateStore(config.state_dir, disk)
        self._machine = Machine(self._store, self._rules.tries, now_ns)
        self._report = Report(self._base)

    def run(self) -> Report:
        """Look, fetch, verify and preflight; return what came of it.

        Raises:
            UpdateError: It could not look; what had been fetched before was gone on with.
        """
        self._store.prepare()
        with self._store.alone():
            try:
                self._look_and_go_on()
            finally:
                self._store.hand_over()
        return self._report

    def _look_and_go_on(self) -> None:
        try:
            self._look(self._store.metadata, self._take)
        except UpdateError as error:
            self._failed(error)
            if error.stage not in {"clock", "settings"}:
                self._go_on()
            raise
        self._go_on()

    def look_only(self) -> Report:
        """Look, in a copy of what is kept: nothing changes.

        Raises:
            UpdateError: It could not look.
        """
        with tempfile.TemporaryDirectory(prefix="edge-agent-update-") as name:
            folder = Path(name) / "metadata"
            if self._store.metadata.is_dir():
                shutil.copytree(self._store.metadata, folder, symlinks=True)
            folder.mkdir(exist_ok=True)
            self._look(folder, None)
        self._report.record = self._store.read()
        return self._report

    def _way(self, source: Source | None, fetcher: Fetcher | None) -> tuple[str, Fetcher]:
        where = source if source is not None else self._rules.url
        if where is None:
            raise UpdateError("settings", "no repository is known: set update.url, or use --from")
        limits = Limits(self._rules.limit_s, self._rules.most_bytes_per_s)
        if isinstance(where, Path):
            return _FOLDER_BASE, fetcher or FolderFetcher(where, _FOLDER_BASE, limits)
        base = where if where.endswith("/") else f"{where}/"
        return base, fetcher or HttpFetcher(limits, self._rules.ca_file)

    def _look(
        self, metadata: Path, take: Callable[[TufClient, Offer[ModelFacts]], None] | None
    ) -> None:
        """Ask the repository, and decide; `take` fetches, None where nothing is to change."""
        record = self._store.read()
        now_ns = self._now_ns()
        check_clock(now_ns, record.newest_time, self._is_kept)
        staging = self._store.staging if take is not None else metadata.parent
        client = TufClient(
            self._base, self._fetcher, metadata, self._root(), staging, self._store.disk
        )
        try:
            if client.is_unchanged(record.settled, now_ns):
                self._report.unchanged = True
                self._report.reason = "the repository says what it said before"
                if take is not None:
                    self._looked(None, record)
                return
            client.refresh()
            found = client.assignment(self._rings())
            assignment = found[1] if found is not None else None
            offer = client.offer(assignment.model) if assignment is not None else None
            decision = decide(record, assignment, offer, self._here(now_ns))
            self._report.act, self._report.reason = decision.act.value, decision.reason
            if take is None:
                return
            client.keep()
            self._supersede(record, assignment)
            if decision.act is Act.TAKE and found is not None and offer is not None:
                take(client, offer)
                self._begin(found, offer)
            self._settle(decision, client.timestamp())
        finally:
            self._report.requests = self._fetcher.requests
            self._report.received_bytes = self._fetcher.received
            self._fetcher.close()

    def _take(self, client: TufClient, offer: Offer[ModelFacts]) -> None:
        client.fetch(offer, self._store.staged(offer.sha256))

    def _begin(self, found: tuple[str, Assignment], offer: Offer[ModelFacts]) -> None:
        ring, assignment = found
        candidate = Candidate(
            sha256=offer.sha256,
            name=offer.facts.name,
            version=offer.facts.version,
            path=offer.path,
            floor=offer.facts.min_version_floor,
            rollout_id=assignment.rollout_id,
            ring=ring,
            returning=assignment.returning,
            phase=Phase.FETCHED,
            tries_left=self._rules.tries,
            since=self._now_ns(),
        )
        self._store.change(lambda record: begun(record, candidate))
        _log.info("update_fetched", model=offer.path, rollout=assignment.rollout_id)

    def _supersede(self, record: Record, assignment: Assignment | None) -> None:
        """Drop a candidate that the rollout does not want any more."""
        candidate = record.candidate
        if candidate is None:
            return
        wanted = assignment.sha256 if assignment is not None else None
        if wanted != candidate.sha256:
            said = assignment.model if assignment is not None else "none"
            reason = f"rollout {candidate.rollout_id} was withdrawn; wanted now: {said}"
            self._machine.give_up(candidate, reason, quarantine=False)

    def _settle(self, decision: Decision, timestamp: bytes | None) -> None:
        """Keep in mind after what there was nothing more to do, and what somebody should see."""
        settled = None
        if decision.act is not Act.WAIT and timestamp is not None:
            settled = hashlib.sha256(timestamp).hexdigest()
        problem = decision.reason if decision.act in {Act.REFUSE, Act.WAIT} else None
        if problem is not None:
            _log.warning("update_not_taken", act=decision.act.value, reason=problem)
        record = self._store.read()
        self._looked({"settled": settled, "problem": problem}, record)

    def _looked(self, news: dict[str, Any] | None, record: Record) -> None:
        update = dict(news or {}) | {"failures": 0}
        now_ns = self._now_ns()
        if now_ns - record.newest_time > _BELIEVE_NS:
            update["newest_time"] = now_ns
        self._store.change(lambda kept: kept.model_copy(update=update))

    def _failed(self, error: UpdateError) -> None:
        self._report.reason = str(error)

        def note(record: Record) -> Record:
            failures = record.failures + 1
            return record.model_copy(update={"failures": failures, "problem": str(error)})

        self._store.change(note)

    def _go_on(self) -> None:
        """Do what a candidate needs of this process, whether new or left by another run."""
        self._report.record = self._machine.run(works(self._store, self._rules))
        self._store.tidy()

    def _root(self) -> bytes:
        path = self._rules.root
        if path is None:
            raise UpdateError("settings", "no trusted root is known: set update.root")
        try:
            return path.read_bytes()
        except OSError as error:
            raise UpdateError("settings", f"{path}: {error.strerror}") from error

    def _rings(self) -> tuple[str, ...]:
        place = self._config.station
        return station_ring(place.network, place.station), self._rules.ring

    def _here(self, now_ns: int) -> Surroundings:
        sensor = getattr(self._config.source, "sensor", None)
        return Surroundings(now_ns, __version__, sensor, self._rules.most_bytes)
