"""The short-lived process: look at the repository, fetch, verify, preflight; then it ends.

It runs beside the agent, so that what it needs (python-tuf, cryptography) costs the agent no
memory, and so that nothing that it does can hurt detection. One look serves every kind.
"""

import hashlib
import shutil
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import structlog

from edge.config import StationConfig
from edge.errors import UpdateError
from edge.timestamps import format_time
from edge.update.client import TufClient
from edge.update.course import Course, Wanted
from edge.update.courses import courses_of
from edge.update.decide import Act
from edge.update.disk import Disk
from edge.update.fetch import Fetcher, FolderFetcher, HttpFetcher, Limits
from edge.update.gate import check_clock, is_kept_by_kernel
from edge.update.large import Told, tell_nobody
from edge.update.record import Record
from edge.update.report import Report
from edge.update.store import UpdateStore
from edge.update.targets import Kind

_log = structlog.get_logger(__name__)

_BELIEVE_NS: Final = 6 * 3600 * 10**9
"""How much newer a time must be to be written down: a card wears out."""
_FOLDER_BASE: Final = "folder:///"

Source = str | Path
"""An address, or a folder."""


class UpdateRun:
    """One run of the updater.

    Args:
        config: The station's.
        source: Where the repository is; the configured address where None.
        fetcher: Fetches; by the source's kind where None.
        now_ns: The wall clock, nanoseconds since 1970 UTC.
        is_kept: Says whether somebody keeps the clock.
        disk: Writes.
        background: Nobody waits for it: what failed is left alone for a while.
        told: Hears how far a large fetch is.
    """

    def __init__(  # noqa: PLR0913 - what tests put in the place of the world
        self,
        config: StationConfig,
        source: Source | None = None,
        fetcher: Fetcher | None = None,
        now_ns: Callable[[], int] = time.time_ns,
        is_kept: Callable[[], bool] = is_kept_by_kernel,
        disk: Disk | None = None,
        *,
        background: bool = False,
        told: Told = tell_nobody,
    ) -> None:
        self._background = background
        self._rules = config.update
        self._base, self._fetcher = self._way(source, fetcher)
        self._now_ns = now_ns
        self._is_kept = is_kept if self._rules.clock == "kept" else None
        self._store = UpdateStore(config.state_dir, disk)
        self._courses = courses_of(config, now_ns, disk)
        for course in self._courses:
            course.told = told
        self._report = Report(self._base)

    def run(self) -> Report:
        """Look, fetch, verify and preflight; return what came of it.

        Raises:
            UpdateError: It could not look, or one kind could not be had; what had been fetched
                before was gone on with.
        """
        self._store.prepare()
        for course in self._courses:
            course.store.prepare()
        with self._store.alone():
            try:
                self._look_and_go_on()
            finally:
                for store in (self._store, *(course.store for course in self._courses)):
                    store.hand_over()
        return self._report

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
            try:
                client = self._ask(folder, folder.parent)
                if client is not None:
                    for course in self._courses:
                        self._wanted(client, course)
            finally:
                self._hang_up()
        for course in self._courses:
            self._report.part(course.kind).record = course.store.read()
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

    def _look_and_go_on(self) -> None:
        """Do for one kind after the other all that is to be done; one that fails holds up none."""
        failures: list[UpdateError] = []
        client: TufClient | None = None
        try:
            try:
                client = self._ask(self._store.metadata, self._store.staging)
            except UpdateError as error:
                self._failed(error)
                if error.stage in {"clock", "settings"}:
                    raise
                failures.append(error)
            if not failures:
                self._looked(client)
            for course in self._courses:
                failures += self._do(course, client)
        finally:
            self._hang_up()
        if failures:
            raise failures[0]

    def _ask(self, metadata: Path, staging: Path) -> TufClient | None:
        """Ask the repository what it says; None: what it said before."""
        now_ns = self._now_ns()
        check_clock(now_ns, self._store.read().newest_time, self._is_kept)
        client = TufClient(
            self._base, self._fetcher, metadata, self._root(), staging, self._store.disk
        )
        if client.is_unchanged(self._settled(), now_ns):
            self._report.unchanged = True
            for course in self._courses:
                part = self._report.part(course.kind)
                part.reason = "the repository says what it said before"
            return None
        client.refresh()
        return client

    def _settled(self) -> str | None:
        """Return after which timestamp metadata there was nothing to do for any kind."""
        found = {course.store.read().settled for course in self._courses}
        return found.pop() if len(found) == 1 else None

    def _do(self, course: Course, client: TufClient | None) -> list[UpdateError]:
        """Do all that is to be done for a kind; return what failed."""
        failures: list[UpdateError] = []
        if client is not None:
            try:
                self._take(client, course)
            except UpdateError as error:
                self._failed_in(course, error)
                failures.append(error)
        part = self._report.part(course.kind)
        try:
            part.record = course.machine.run(course.works())
            course.tidy()
        except UpdateError as error:
            part.record = course.store.read()
            failures.append(error)
        return failures

    def _take(self, client: TufClient, course: Course) -> None:
        """Fetch what is wanted of a kind, and drop what is not any more."""
        record = course.store.read()
        wanted = self._wanted(client, course)
        course.supersede(record, wanted)
        if wanted.decision.act is Act.TAKE:
            if self._background and self._now_ns() < record.retry_after:
                again = format_time(record.retry_after)
                self._report.part(course.kind).reason = f"{wanted.said}: not again before {again}"
                return
            course.take(client, wanted)
        self._settle(course, wanted, client.timestamp())

    def _wanted(self, client: TufClient, course: Course) -> Wanted:
        wanted = course.wanted(client, course.store.read())
        course.sought = wanted.sha256s
        part = self._report.part(course.kind)
        part.act, part.reason = wanted.decision.act.value, wanted.decision.reason
        return wanted

    def _settle(self, course: Course, wanted: Wanted, timestamp: bytes | None) -> None:
        """Keep in mind after what there was nothing more to do, and what somebody should see."""
        decision, settled = wanted.decision, None
        if decision.act is not Act.WAIT and timestamp is not None:
            settled = hashlib.sha256(timestamp).hexdigest()
        problem = decision.reason if decision.act in {Act.REFUSE, Act.WAIT} else None
        if problem is not None:
            kind = course.kind.value
            _log.warning("update_not_taken", kind=kind, act=decision.act.value, reason=problem)
        news = {"settled": settled, "problem": problem, "retry_after": 0, "failures": 0}
        course.store.change(lambda kept: kept.model_copy(update=news))

    def _looked(self, client: TufClient | None) -> None:
        """Keep in mind that the repository answered, and when."""
        if client is not None:
            client.keep()
        update: dict[str, Any] = {}
        if client is None or not any(one.kind is Kind.MODEL for one in self._courses):
            update["failures"] = 0
        now_ns = self._now_ns()
        if now_ns - self._store.read().newest_time > _BELIEVE_NS:
            update["newest_time"] = now_ns
        self._store.change(lambda kept: kept.model_copy(update=update))

    def _failed(self, error: UpdateError) -> None:
        """Write down that the repository could not be asked."""
        for course in self._courses:
            self._report.part(course.kind).reason = str(error)
            course.store.change(lambda kept: kept.model_copy(update={"problem": str(error)}))
        self._store.change(lambda kept: kept.model_copy(update={"failures": kept.failures + 1}))

    def _failed_in(self, course: Course, error: UpdateError) -> None:
        """Write down that what one kind needs could not be had."""
        self._report.part(course.kind).reason = str(error)

        def note(record: Record) -> Record:
            update = {
                "failures": record.failures + 1,
                "problem": str(error),
                "retry_after": course.retry_after(record),
            }
            return record.model_copy(update=update)

        course.store.change(note)

    def _hang_up(self) -> None:
        self._report.requests = self._fetcher.requests
        self._report.received_bytes = self._fetcher.received
        self._fetcher.close()

    def _root(self) -> bytes:
        path = self._rules.root
        if path is None:
            raise UpdateError("settings", "no trusted root is known: set update.root")
        try:
            return path.read_bytes()
        except OSError as error:
            raise UpdateError("settings", f"{path}: {error.strerror}") from error
