"""Stations that take updates as real ones do, by the same rules, in seconds instead of days."""

from dataclasses import dataclass, field

from cloud.release.listing import assignments
from cloud.release.repository import Repository
from cloud.rollout.plan import ComparisonRules, RingPlan, RolloutPlan
from cloud.store import Store
from edge.messages import Health, State
from edge.update.decide import Act, Offer, Surroundings, decide
from edge.update.record import Candidate, Installed, Phase, Record
from edge.update.steps import begun, committed, entered, given_up
from edge.update.targets import Kind, ModelFacts, Order, kind_of
from edge.update.told import told
from edge.update.wayback import Meant, Own, meant_by
from tests.cloud.rollout.software import Releases

Offers = dict[str, Offer[ModelFacts]]

MINUTE = 60 * 10**9
BEGIN = 1_790_000_000 * 10**9
PHASES = (Phase.VERIFIED, Phase.PREFLIGHT, Phase.SHADOW, Phase.PROBATION)
PLAN = RolloutPlan(
    rings=(
        RingPlan(name="canary", soak_s=1800.0, deadline_s=21_600.0, least_executed=5),
        RingPlan(name="early", soak_s=1800.0, deadline_s=21_600.0),
        RingPlan(name="all", soak_s=0.0, deadline_s=21_600.0),
    ),
    compare=ComparisonRules(),
)
RINGS = {"canary": 20, "early": 40, "all": 140}


@dataclass
class Nature:
    """What a network does at stations."""

    incumbent_firings: float = 30.0
    firings: float = 30.0
    fails_in: Phase | None = None
    cpu_s_per_s: float = 0.1
    latency_s: float = 1.0
    memory_bytes: int = 80_000_000
    triggers_per_h: float = 1.0


@dataclass
class Simulated:
    """One station.

    Attributes:
        own: The station file's network.
        releases: Its software; None: it takes none over the air.
        silent: It says nothing any more.
        hangs: It fetches, and then goes no further.
    """

    name: str
    ring: str
    number: int
    record: Record = field(default_factory=Record)
    own: Own | None = None
    releases: Releases | None = None
    silent: bool = False
    hangs: bool = False
    cpu_s: float = 0.0
    triggers: float = 0.0

    def live(self, assigned: dict[str, Order], offers: Offers, new: Nature, now_ns: int) -> None:
        """Go one phase further, or look for something new."""
        candidate = self.record.candidate
        meant = meant_by(self.record, assigned.get(self.ring), None, lambda: self.own)
        wanted = None if meant.assignment is None else meant.assignment.sha256
        if candidate is not None and candidate.sha256 != wanted:
            reason = "the rollout was withdrawn"
            self.record = given_up(self.record, candidate, reason, now_ns, quarantine=False)
            candidate = None
        if candidate is None:
            self._look(meant, offers, now_ns)
        elif not self.hangs:
            self._go_on(candidate, new, now_ns)

    def _look(self, meant: Meant, offers: Offers, now_ns: int) -> None:
        assignment = meant.assignment
        offer = offers.get(assignment.model) if assignment is not None else None
        if meant.own is not None:
            offer = meant.own.offer
        here = Surroundings(now_ns, "9.0.0", None, 10**7)
        decision = decide(self.record, assignment, offer, here, back=meant.back)
        if decision.act is not Act.TAKE or assignment is None or offer is None:
            return
        candidate = Candidate(
            sha256=offer.sha256,
            name=offer.facts.name,
            version=offer.facts.version,
            path=offer.path,
            floor=1,
            rollout_id=assignment.rollout_id,
            ring=self.ring,
            returning=decision.back,
            phase=Phase.FETCHED,
            tries_left=3,
            since=now_ns,
        )
        self.record = begun(self.record, candidate)

    def _go_on(self, candidate: Candidate, new: Nature, now_ns: int) -> None:
        if candidate.phase is new.fails_in:
            self.record = given_up(self.record, candidate, "it is not well", now_ns)
            return
        if candidate.phase is Phase.PROBATION or candidate.returning:
            self.record = committed(self.record, candidate, None, now_ns)
            return
        phase = PHASES[0]
        if candidate.phase in PHASES:
            phase = PHASES[PHASES.index(candidate.phase) + 1]
        record = entered(self.record, candidate, phase, 3, now_ns)
        if phase is Phase.PROBATION and record.candidate is not None:
            figures = {
                "heard_s": 1800.0,
                "firings": new.firings,
                "incumbent_hops": 3600.0,
                "incumbent_firings": new.incumbent_firings,
            }
            kept = record.candidate.model_copy(update={"figures": figures})
            record = record.model_copy(update={"candidate": kept})
        self.record = record

    def state(self) -> State:
        """Return the retained message."""
        return State(
            online=not self.silent,
            network="XX",
            station=self.name,
            latitude=17.0 + self.number / 1000,
            longitude=-99.0,
            update=told(self.record, self.ring),
            software=None if self.releases is None else self.releases.report(),
            agent_version=None if self.releases is None else self.releases.installed,
        )

    def health(self, nature: Nature, step_s: float, now_ns: int) -> Health:
        """Return the report of a time."""
        self.cpu_s += nature.cpu_s_per_s * step_s
        self.triggers += nature.triggers_per_h * step_s / 3600
        return Health(
            network="XX",
            station=self.name,
            time=now_ns,
            packets=1,
            packets_dropped=0,
            gaps=0,
            outbox_depth=0,
            triggers=int(self.triggers),
            cpu_s=self.cpu_s,
            memory_bytes=nature.memory_bytes,
            latency_s=nature.latency_s,
        )


class Fleet:
    """All stations; each begins with version 1, which came over the air before.

    Args:
        store: Where their messages go.
        repository: What they look at.
        rings: Stations by ring.
    """

    def __init__(self, store: Store, repository: Repository, rings: dict[str, int]) -> None:
        self.store = store
        self.repository = repository
        self.new = Nature()
        self.newer = Nature()
        """What stations are like with software that came over the air."""
        self.now_ns = BEGIN
        first = offers(repository)["models/loudness-1.tremor"]
        installed = Installed(
            sha256=first.sha256, name="loudness", version=1, rollout_id="r-1", since=BEGIN
        )
        record = Record(committed=installed, highest={"loudness": 1})
        names = [ring for ring, count in rings.items() for _ in range(count)]
        self.stations = [
            Simulated(f"S{number:03}", ring, number, record) for number, ring in enumerate(names)
        ]

    def live(self, minutes: int = 5) -> None:
        """Let some minutes pass: stations act, one in three at a time, and say how they are."""
        self.now_ns += minutes * MINUTE
        assigned, offered = assignments(self.repository), offers(self.repository)
        software = assignments(self.repository, Kind.SOFTWARE)
        said: list[tuple[State | Health, int]] = []
        turn = self.now_ns // (minutes * MINUTE) % 3
        for one in self.stations:
            if one.silent:
                continue
            if one.number % 3 == turn:
                one.live(assigned, offered, self.new, self.now_ns)
                if one.releases is not None:
                    one.releases.live(software.get(one.ring), self.now_ns)
            with_new = in_charge(one.record) not in {None, 1}
            nature = self.new if with_new else Nature()
            if one.releases is not None and in_charge(one.releases.record) is not None:
                nature = self.newer
            said.append((one.state(), self.now_ns))
            said.append((one.health(nature, minutes * 60.0, self.now_ns), self.now_ns))
        self.store.save_all(said)

    def take_software(self) -> None:
        """Let all stations take software: half of them on one processor, half on another."""
        for one in self.stations:
            one.releases = Releases(("aarch64", "x86_64")[one.number % 2], one.ring)

    def releases(self, ring: str) -> set[int | str | None]:
        """Return the software that stations of a ring committed."""
        return {
            one.releases.version
            for one in self.stations
            if one.ring == ring and one.releases is not None
        }

    def versions(self, ring: str) -> set[int | str]:
        """Return the versions that run in a ring."""
        kept = [one.record.committed for one in self.stations if one.ring == ring]
        return {0 if one is None else one.version for one in kept}


def in_charge(record: Record) -> int | str | None:
    """Return the version that runs; None: what came with the station."""
    candidate = record.candidate
    if candidate is not None and candidate.phase is Phase.PROBATION:
        return candidate.version
    return None if record.committed is None else record.committed.version


def offers(repository: Repository) -> Offers:
    """Return the networks that the role models lists."""
    return {
        path: Offer(
            path,
            target.hashes["sha256"],
            target.length,
            ModelFacts.model_validate(target.custom or {}),
        )
        for path, target in repository.models().targets.items()
        if kind_of(path) is Kind.MODEL
    }
