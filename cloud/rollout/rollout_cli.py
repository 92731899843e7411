"""`cloud-aggregator rollout`: networks, software and settings go to the fleet in rings."""

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from edge.commandline import EXIT_FAILED, JsonOption

if TYPE_CHECKING:
    from cloud.config import ServiceConfig
    from cloud.rollout.log import Kept, RolloutLog
    from cloud.rollout.rollout import Rollout
    from cloud.store import Store

rollout_app = typer.Typer(
    no_args_is_help=True,
    help="Rollouts: networks, software and settings go to the fleet in rings, and back.",
)

ConfigOption = Annotated[
    Path | None,
    typer.Option("--config", "-c", help="Centre's file (TOML); defaults where left out"),
]
RolloutArgument = Annotated[
    str | None,
    typer.Argument(help="Its id; may be left out where one runs alone", show_default=False),
]
DryRunOption = Annotated[bool, typer.Option("--dry-run", help="Change nothing")]
ByOption = Annotated[str, typer.Option("--by", help="Who says so, for the audit")]
ReasonOption = Annotated[str, typer.Option("--reason", help="Why, for the audit")]


@dataclass(frozen=True, slots=True)
class _Desk:
    """What the commands work with."""

    settings: "ServiceConfig"
    store: "Store"
    log: "RolloutLog"


@rollout_app.command(epilog="Example: cloud-aggregator rollout start models/quake_cnn-2.tremor")
def start(
    what: Annotated[
        str,
        typer.Argument(
            help="As `release list` shows it; software/tremorkit-1.2.0 stands for all platforms",
            show_default=False,
        ),
    ],
    config: ConfigOption = None,
    name: Annotated[
        str | None, typer.Option("--id", help="Made of name and time where left out")
    ] = None,
    by: ByOption = "operator",
    dry_run: DryRunOption = False,
    as_json: JsonOption = False,
) -> None:
    """Start a rollout, by the plan in [rollouts]; one of the same kind that runs is superseded.

    The running centre does the work.
    """
    from cloud.release.listing import assignment_of
    from cloud.release.repository import Repository
    from cloud.rollout.log import Change
    from cloud.rollout.operate import started, superseding
    from cloud.rollout.reading import seen_of
    from cloud.rollout.rollout import Note

    with _desk(config) as desk:
        settings = desk.settings
        folder = settings.updates.folder or settings.state_dir / "updates"
        order = assignment_of(Repository(folder), "rollout", what, name)
        now_ns = time.time_ns()
        new = started(order, settings.rollouts.plan(), by, now_ns)
        seen = seen_of((state for state, _ in desk.store.states()), (), (), new.kind)
        stations = {
            ring.name: sum(one.ring == ring.name for one in seen.reports.values())
            for ring in new.plan.rings
        }
        old, ended = desk.log.live_of(new.kind), None
        if old is not None:
            new, over = superseding(new, old.rollout)
            ended = (old, Change(over, (), [Note(action="supersede", by=by, detail=new.id)]))
        if not dry_run:
            hashes = ", ".join(sorted(new.hashes))
            note = Note(action="start", by=by, detail=f"{new.what}, sha256 {hashes}")
            desk.log.begin(Change(new, (), [note]), ended, now_ns)
    if as_json:
        typer.echo(json.dumps(new.model_dump(mode="json"), indent=2))
        return
    rings = ", ".join(f"{name} ({count})" for name, count in stations.items())
    typer.echo(f"{'would start' if dry_run else 'started'} {new.id}: {new.what} to {rings}")
    if not any(stations.values()):
        typer.echo(f"no station in these rings takes {new.kind} over the air; see [update] there")
    if old is not None:
        typer.echo(f"in the place of {old.rollout.id}")


@rollout_app.command(epilog="Example: cloud-aggregator rollout status --json")
def status(
    rollout: Annotated[
        str | None, typer.Argument(help="Its id; the newest where left out", show_default=False)
    ] = None,
    config: ConfigOption = None,
    audit: Annotated[
        int, typer.Option("--audit", min=0, max=100_000, help="Show so many lines of the audit")
    ] = 0,
    as_json: JsonOption = False,
) -> None:
    """Show how a rollout stands: rings, stations in trouble, old and new compared."""
    from cloud.fleetview.progress import Comparison
    from cloud.rollout.status import as_dict, as_text
    from edge.timestamps import format_time

    with _desk(config) as desk:
        found = _shown(desk.log, rollout)
        targets = desk.log.targets(found.id)
        lines = desk.log.audit(found.id, audit) if audit else []
    if as_json:
        plain = as_dict(found, targets)
        plain["comparison"] = Comparison.of(found, targets).model_dump(mode="json")
        plain["audit"] = [line.model_dump(mode="json") for line in lines]
        typer.echo(json.dumps(plain, indent=2))
        return
    typer.echo(as_text(found, targets))
    for line in lines:
        where = line.ring or ""
        typer.echo(f"{format_time(line.time)[:19]}Z {line.by} {line.action} {where} {line.detail}")


@rollout_app.command("list", epilog="Example: cloud-aggregator rollout list --json")
def list_rollouts(
    config: ConfigOption = None,
    limit: Annotated[int, typer.Option("--limit", min=1, max=1000, help="Not more of them")] = 20,
    as_json: JsonOption = False,
) -> None:
    """List the newest rollouts of all kinds, newest first."""
    from edge.timestamps import format_time

    with _desk(config) as desk:
        found = desk.log.latest(limit)
    if as_json:
        keys = {"id", "state", "reason", "started", "by"}
        lines = [
            {**one.model_dump(mode="json", include=keys), "kind": one.kind, "what": one.what}
            for one in found
        ]
        typer.echo(json.dumps(lines, indent=2))
        return
    for one in found:
        started = format_time(one.started)[:19]
        typer.echo(f"{one.id}  {one.state.value}  {one.what}, started {started}Z by {one.by}")


@rollout_app.command(epilog="Example: cloud-aggregator rollout pause --reason 'ice on the roads'")
def pause(
    rollout: RolloutArgument = None,
    config: ConfigOption = None,
    by: ByOption = "operator",
    reason: ReasonOption = "",
    dry_run: DryRunOption = False,
    as_json: JsonOption = False,
) -> None:
    """Begin no further ring; stations that have begun go on, and failures count."""
    from cloud.rollout.operate import paused

    with _desk(config) as desk:
        kept = _live(desk.log, rollout)
        after = paused(kept.rollout, reason or f"by {by}")
        _keep(desk.log, kept, after, ("pause", by, reason), dry_run=dry_run)
    _say(after, "paused", dry_run=dry_run, as_json=as_json)


@rollout_app.command(epilog="Example: cloud-aggregator rollout resume --by ana")
def resume(
    rollout: RolloutArgument = None,
    config: ConfigOption = None,
    by: ByOption = "operator",
    dry_run: DryRunOption = False,
    as_json: JsonOption = False,
) -> None:
    """Go on; a rollout that paused at the end of a ring begins the next one."""
    from cloud.rollout.operate import resumed

    with _desk(config) as desk:
        kept = _live(desk.log, rollout)
        after = resumed(kept.rollout)
        _keep(desk.log, kept, after, ("resume", by, ""), dry_run=dry_run)
    _say(after, "resumed", dry_run=dry_run, as_json=as_json)


@rollout_app.command(epilog="Example: cloud-aggregator rollout abort --reason 'wrong network'")
def abort(
    rollout: RolloutArgument = None,
    config: ConfigOption = None,
    by: ByOption = "operator",
    reason: ReasonOption = "",
    dry_run: DryRunOption = False,
    as_json: JsonOption = False,
) -> None:
    """Stop, and take stations back to what they were to run before."""
    from cloud.rollout.operate import aborted

    with _desk(config) as desk:
        kept = _live(desk.log, rollout)
        why = f"aborted by {by}" + (f": {reason}" if reason else "")
        after = aborted(kept.rollout, why, time.time_ns())
        _keep(desk.log, kept, after, ("abort", by, reason), dry_run=dry_run)
    _say(after, "aborted", dry_run=dry_run, as_json=as_json)


@contextmanager
def _desk(config: Path | None) -> Iterator[_Desk]:
    from cloud.config import ServiceConfig, load_service_config
    from cloud.holdings import open_store
    from cloud.rollout.log import RolloutLog

    settings = load_service_config(config) if config is not None else ServiceConfig()
    store = open_store(settings)
    try:
        yield _Desk(settings, store, RolloutLog(store.engine))
    finally:
        store.close()


def _live(log: "RolloutLog", rollout: str | None) -> "Kept":
    live = {kept.rollout.id: kept for kept in log.live()}
    if not live:
        typer.echo("no rollout runs; `cloud-aggregator rollout start NAME` starts one", err=True)
        raise typer.Exit(EXIT_FAILED)
    if rollout is None and len(live) > 1:
        typer.echo(f"several run, name one: {', '.join(live)}", err=True)
        raise typer.Exit(EXIT_FAILED)
    kept = live.get(rollout) if rollout is not None else next(iter(live.values()))
    if kept is None:
        typer.echo(f"no rollout {rollout!r} runs; there run: {', '.join(live)}", err=True)
        raise typer.Exit(EXIT_FAILED)
    return kept


def _shown(log: "RolloutLog", rollout: str | None) -> "Rollout":
    if rollout is None:
        latest = log.latest(1)
        if latest:
            return latest[0]
        typer.echo("there was no rollout yet; `cloud-aggregator rollout start NAME`", err=True)
        raise typer.Exit(EXIT_FAILED)
    kept = log.get(rollout)
    if kept is None:
        known = ", ".join(one.id for one in log.latest(5)) or "none"
        typer.echo(f"no rollout {rollout!r}; the newest: {known}", err=True)
        raise typer.Exit(EXIT_FAILED)
    return kept.rollout


def _keep(
    log: "RolloutLog",
    before: "Kept",
    after: "Rollout",
    said: tuple[str, str, str],
    *,
    dry_run: bool,
) -> None:
    from cloud.rollout.log import Change
    from cloud.rollout.rollout import Note

    if dry_run:
        return
    action, by, reason = said
    note = Note(action=action, by=by[:64], detail=reason)
    log.save(before, Change(after, (), [note]), time.time_ns())


def _say(rollout: "Rollout", what: str, *, dry_run: bool, as_json: bool) -> None:
    if as_json:
        typer.echo(json.dumps(rollout.model_dump(mode="json"), indent=2))
        return
    typer.echo(f"{'would be ' if dry_run else ''}{what}: {rollout.id}, {rollout.state.value}")
