"""`edge-agent update`: look for updates now, at the centre or on a stick."""

import json
import os
from contextlib import nullcontext
from pathlib import Path
from typing import Annotated

import typer

from edge.commandline import EXIT_FAILED, JsonOption

_GRACE_S = 60.0
_NICENESS = 10


def update(
    config: Annotated[
        Path, typer.Option("--config", "-c", help="Station file (TOML)", show_default=False)
    ],
    source: Annotated[
        str | None,
        typer.Option(
            "--from",
            metavar="DIR|URL",
            help="Repository: a folder that `cloud-aggregator release export` wrote, or an "
            "address; update.url where left out",
        ),
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say what would be done, and change nothing")
    ] = False,
    background: Annotated[
        bool, typer.Option("--background", help="Give way to everything else", hidden=True)
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Look for a network, settings and agent software; fetch, check and try what is wanted.

    The running agent does the rest: shadow or rehearsal, then probation. Nothing is taken that the
    station's trusted keys have not signed.
    """
    from edge.enrol.attach import let_in
    from edge.errors import UpdateError
    from edge.logs import configure_logs
    from edge.owner import as_owner_of
    from edge.reconfigure.effective import load_effective_config
    from edge.update.child import bound_time, die_with_parent, unbound_time
    from edge.update.large import tell_nobody
    from edge.update.shown import shown_fetch
    from edge.update.updater import UpdateRun

    if background:
        die_with_parent()
        os.nice(_NICENESS)
    configure_logs(as_json=as_json)
    settings = load_effective_config(config)
    if source is None:
        settings = let_in(settings)
    rules = settings.update
    bound_time(rules.longest_look_s + _GRACE_S)
    try:
        where = source if source is None or "://" in source else Path(source)
        with (
            as_owner_of(settings.state_dir),
            nullcontext(tell_nobody) if background or as_json else shown_fetch() as told,
        ):
            run = UpdateRun(settings, where, background=background, told=told)
            report = run.look_only() if dry_run else run.run()
    except UpdateError as error:
        if not as_json:
            raise
        typer.echo(json.dumps({"failed": str(error), "stage": error.stage}))
        raise typer.Exit(EXIT_FAILED) from error
    finally:
        unbound_time()
    if as_json:
        typer.echo(json.dumps(report.as_dict()))
        return
    for kind, part in report.parts.items():
        typer.echo(f"{kind.value}: {part.act}: {part.reason}")
        candidate, last = part.record.candidate, part.record.last
        if candidate is not None:
            typer.echo(f"  {candidate.name} {candidate.version}: {candidate.phase.value}")
        elif last is not None:
            typer.echo(f"  last: {last.name} {last.version}: {last.end.value}: {last.reason}")
    typer.echo(f"{report.source}: {report.requests} requests, {report.received_bytes} bytes")
