"""docs/arm64.md: what was seen, good or bad."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from edge.wheelhouse import Wheelhouse
from scripts.emulated.compare import SAMPLE_S, SCORE_TOLERANCE, Comparison
from scripts.emulated.debian import SUITE, Unpacked
from scripts.emulated.emulator import CPUS
from scripts.emulated.live import Live
from scripts.emulated.station import Installation, Proof
from scripts.emulated.suite import SuiteResult

_MEGA = 1e6


@dataclass(frozen=True)
class Seen:
    """All figures of a run."""

    day: str
    here: str
    """This machine: processor, Python, NumPy."""
    qemu: str
    house: Wheelhouse
    unpacked: Unpacked
    installation: Installation
    proofs_here: Sequence[Proof]
    proofs: Mapping[str, Sequence[Proof]]
    """By processor."""
    comparisons: Mapping[str, Sequence[Comparison]]
    """By processor."""
    live: Live
    suite: SuiteResult | None


def problems(seen: Seen) -> list[str]:
    """Return what is not as it must be, in words; empty where all is well."""
    found = [
        f"{proof.name} on {cpu}: {proof.refusal}"
        for cpu, proofs in seen.proofs.items()
        for proof in proofs
        if proof.refusal is not None
    ]
    found += [
        f"{comparison.name} on {cpu}: other triggers than here"
        for cpu, comparisons in seen.comparisons.items()
        for comparison in comparisons
        if not comparison.same
    ]
    if not any(one.here for comparisons in seen.comparisons.values() for one in comparisons):
        found.append("no recording has a trigger")
    if not seen.live.well:
        found.append("the live run lacks something")
    if seen.suite is not None and seen.suite.failed:
        found.append(f"{seen.suite.failed} tests failed")
    return found


def page(seen: Seen) -> str:
    """Return the page."""
    parts = [_head(seen), _wheels(seen), _installation(seen), _bundles(seen), _replays(seen)]
    parts.append(_live(seen.live))
    if seen.suite is not None:
        parts.append(_suite(seen.suite))
    return "\n".join([*(line for part in parts for line in [*part, ""]), *_LIMITS]) + "\n"


_LIMITS = (
    "## What this does not show",
    "",
    "Speed and memory: an emulated processor is many times slower than a board, and the emulator's",
    "own memory is counted with the agent's. SPI, GPIO, IIO, the boards' clocks: there are none.",
    "",
    "The emulator runs the processors of the boards. Its default one has the matrix extension SME,",
    "which none of the boards has: there NumPy's OpenBLAS chooses a product for it that comes out",
    "wrong, the golden vectors say so, and the agent refuses its network. STA/LTA goes on, but its",
    "filters are products too: a processor that computes wrong products cannot be a station.",
)


def _head(seen: Seen) -> list[str]:
    found = problems(seen)
    verdict = "All is well." if not found else "Not well: " + "; ".join(found) + "."
    boards = ", ".join(f"{cpu} ({board})" for cpu, board in CPUS.items())
    debs = f"{seen.unpacked.packages} packages ({seen.unpacked.size_bytes / _MEGA:.0f} MB)"
    python = f"Python {seen.installation.python}, NumPy {seen.installation.numpy}"
    return [
        "# The station on arm64",
        "",
        f"Written by `make arm64` on {seen.day}: the station's software, installed from the",
        "aarch64 wheelhouse ([install.md](install.md)) into an emulated Debian, does what it does",
        "here.",
        "",
        f"**{verdict}**",
        "",
        f"- **Here**: {seen.here}; the same kit, installed from a wheelhouse for this machine.",
        f"- **There**: Debian {SUITE} for arm64, {debs}, {python}, under {seen.qemu}, as {boards}.",
    ]


def _wheels(seen: Seen) -> list[str]:
    house = seen.house
    rows = (
        (wheel.name, wheel.version, f"{wheel.size_bytes / _MEGA:.2f}", wheel.licence)
        for wheel in sorted(house.wheels, key=lambda wheel: (-wheel.size_bytes, wheel.name))
    )
    size = f"{len(house.wheels)} wheels, {house.size_bytes / _MEGA:.1f} MB"
    return [
        "## The wheelhouse",
        "",
        f"{size}, for Python {house.python} on {house.platform}; all run there by their tags, and",
        "all licences are allowed.",
        "",
        *_table(("package", "version", "MB", "licence"), rows),
    ]


def _installation(seen: Seen) -> list[str]:
    done = seen.installation
    return [
        "## Installation",
        "",
        "`pip install --no-index --no-deps --require-hashes` in a new environment, emulated:",
        f"{done.seconds:.0f} s, {done.size_bytes / _MEGA:.0f} MB with pip.",
        f"`edge-agent --version` takes {done.start_s:.1f} s, emulated.",
    ]


def _bundles(seen: Seen) -> list[str]:
    rows = []
    for at, ours in enumerate(seen.proofs_here):
        theirs = [_difference(proofs[at]) for proofs in seen.proofs.values()]
        name = f"{ours.name} {ours.version}"
        rows.append((name, ours.scheme, f"{ours.tolerance:g}", _difference(ours), *theirs))
    return [
        "## Every bundle, by its golden vectors",
        "",
        "Largest difference of any output from the float network's, as `edge-agent check` and",
        "every start of the agent work it out. Over the card's tolerance a bundle is refused.",
        "Where /sys is hidden, as in some containers, LiteRT cannot count processors, prints three",
        "lines about that and runs without XNNPACK, its fast kernels: the last column.",
        "",
        *_table(("bundle", "scheme", "tolerance", "here", *seen.proofs), rows),
    ]


def _difference(proof: Proof) -> str:
    return "refused" if proof.worst is None else f"{proof.worst:.4f}"


def _replays(seen: Seen) -> list[str]:
    rows = [
        (
            one.name,
            cpu,
            one.packets,
            one.here,
            one.there,
            f"{one.worst_onset_s * 1000:.1f}",
            *(_score(one, detector) for detector in ("tremor_stream", "sta_lta")),
            "yes" if one.same else "no " + "; ".join(one.otherwise),
        )
        for cpu, comparisons in seen.comparisons.items()
        for one in comparisons
    ]
    heads = ("recording", "processor", "packets", "triggers here", "there", "onset, ms")
    return [
        "## Replays",
        "",
        "The whole station with the shipped network, `edge-agent replay`, on both sides. Same",
        "means: the same triggers with as many revisions, status and phase, onsets within a sample",
        f"of the grid ({SAMPLE_S * 1000:.0f} ms), the network's score within {SCORE_TOLERANCE}.",
        "Onset, score and ratio: the largest difference between the two sides.",
        "",
        *_table((*heads, "score of the network", "STA/LTA ratio", "same"), rows),
    ]


def _score(one: Comparison, detector: str) -> str:
    worst = one.worst_score.get(detector)
    return "-" if worst is None else f"{worst:.4f}"


def _live(live: Live) -> list[str]:
    counts = ", ".join(f"{count} {kind}" for kind, count in sorted(live.messages.items()))
    findings = ((f["subject"], "ok" if f["ok"] else "fail", f["text"]) for f in live.findings)
    return [
        "## Live",
        "",
        f"`edge-agent run` for {live.seconds:.0f} s with a synthetic sensor and a broker outside",
        f"the emulation, as {next(iter(CPUS.values()))}.",
        "",
        f"- Messages: {counts or 'none'}.",
        f"- Revisions of triggers: {', '.join(live.statuses) or 'none'}.",
        f"- Network: {live.model or 'none'}.",
        f"- Processor time, emulated: {live.cpu_s:.0f} s.",
        f"- Exit code after SIGTERM: {live.code}.",
        "",
        "`edge-agent check` before it:",
        "",
        *_table(("what", "", "in its words"), findings),
    ]


def _suite(suite: SuiteResult) -> list[str]:
    counts = f"{suite.passed} passed, {suite.failed} failed, {suite.skipped} skipped"
    return [
        "## The kit's own tests, in there",
        "",
        f"{len(suite.paths)} files of tests/edge, those that need neither TensorFlow nor ObsPy nor",
        f"a server: {counts}, {suite.seconds / 60:.0f} minutes emulated, on {suite.day}.",
        *(f"- failed: {line}" for line in suite.failures),
    ]


def _table(head: Sequence[str], rows: Iterable[Sequence[object]]) -> list[str]:
    lines = [head, ["---"] * len(head), *rows]
    return ["| " + " | ".join(str(cell) for cell in line) + " |" for line in lines]
