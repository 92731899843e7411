"""Tries a release before it runs the station: in a child of its own, on copies.

It must say the version that was signed, know the station file with all that was changed from afar,
run the network that is in charge with its golden outputs, and use outbox and records so that the
software before it can still read them.
"""

import asyncio
import shutil
from pathlib import Path
from typing import Any, Final

import structlog

from edge.errors import UpdateRefusedError
from edge.outbox import Outbox
from edge.software.releases import python_of, trouble_with
from edge.software.state import check_copy, copy_state
from edge.update import child
from edge.update.config import UpdateSection
from edge.update.record import Candidate
from edge.update.store import UpdateStore

_log = structlog.get_logger(__name__)

_GRACE_S: Final = 10.0


async def rehearsed(
    store: UpdateStore,
    candidate: Candidate,
    outbox: Outbox,
    station: tuple[Path, Path, bool],
    rules: UpdateSection,
) -> dict[str, float]:
    """Let a release show what it would do; return its figures.

    Args:
        store: What is kept of releases.
        candidate: The release.
        outbox: The agent's.
        station: The station file, its `state_dir`, and whether a network runs now.
        rules: How long it may take, and how much memory.

    Raises:
        UpdateError: The station's state cannot be copied now.
        UpdateRefusedError: The release must not run here.
    """
    file, state_dir, network_runs = station
    place = store.place(candidate.sha256)
    reason = trouble_with(place)
    if reason is not None:
        raise UpdateRefusedError(reason)
    copy = store.staging / "rehearsal"
    kept = await asyncio.to_thread(copy_state, state_dir, outbox, copy)
    try:
        report = await _child_of(place, (str(file), str(copy)), rules)
        if report.get("version") != candidate.version:
            said = f"it says that it is {report.get('version')}"
            raise UpdateRefusedError(f"{said}, signed was {candidate.version}")
        if network_runs and report.get("network") is None:
            raise UpdateRefusedError("the network does not run in it, and runs now")
        await asyncio.to_thread(check_copy, copy, kept)
    finally:
        await asyncio.to_thread(shutil.rmtree, copy, ignore_errors=True)
    _log.info("software_rehearsed", **report)
    memory_mb = report.get("memory_mb")
    return {"memory_mb": float(memory_mb)} if isinstance(memory_mb, int | float) else {}


async def _child_of(place: Path, words: tuple[str, ...], rules: UpdateSection) -> dict[str, Any]:
    limit_s = rules.software_preflight_s
    line = (
        *child.command("edge.software.bounded", (str(rules.software_memory_mb),)),
        *(str(limit_s), str(python_of(place)), "-P", "-m", "edge.software.rehearsal", *words),
    )
    return child.read_report(*await child.run_beside(line, limit_s + _GRACE_S))
