"""The station's command line.

Exit codes: 0 all is well, 1 it could not be done, 2 wrong usage or configuration.
"""

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from edge.commandline import EXIT_FAILED, JsonOption, kit_app, run_app
from edge.enrol.enrol_cli import EPILOG as ENROL_EPILOG
from edge.enrol.enrol_cli import enrol
from edge.flash.flash_cli import EPILOG as FLASH_EPILOG
from edge.flash.flash_cli import flash
from edge.provision.provision_cli import EPILOG as PROVISION_EPILOG
from edge.provision.provision_cli import provision
from edge.reconfigure.config_cli import config_app
from edge.update.update_cli import update

if TYPE_CHECKING:
    from edge.finding import Finding

app = kit_app("edge-agent", "The station: samples in, quantised detectors, triggers out over MQTT.")

app.add_typer(config_app, name="config")

ConfigOption = Annotated[
    Path, typer.Option("--config", "-c", help="Station file (TOML)", show_default=False)
]


@app.command(
    epilog="Example: edge-agent run --config /etc/edge-agent/station.toml",
)
def run(
    config: ConfigOption,
    json_logs: Annotated[bool, typer.Option("--json-logs", help="Log as JSON lines")] = False,
) -> None:
    """Run the station until it is stopped (SIGTERM or Ctrl-C ends it cleanly)."""
    from edge.logs import configure_logs
    from edge.reconfigure.running import run_configured

    configure_logs(as_json=json_logs)
    run_configured(config)


@app.command(
    epilog="Example: edge-agent replay -c station.toml event/017 --out triggers.jsonl",
)
def replay(
    config: ConfigOption,
    inputs: Annotated[
        list[Path] | None,
        typer.Argument(help="Recordings in place of the source's own path", show_default=False),
    ] = None,
    out: Annotated[
        Path, typer.Option("--out", "-o", help="One JSON object a trigger revision and line")
    ] = Path("triggers.jsonl"),
    model: Annotated[
        str | None,
        typer.Option(
            "--model",
            help="Bundle file, or name of a bundle that came with the agent (see `models`), in "
            "place of the configured one",
        ),
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Run the whole station over recorded data, faster than real time, same bytes every time."""
    from edge.logs import configure_logs
    from edge.reconfigure.effective import load_effective_config
    from edge.replay import write_triggers
    from edge.station import open_station, with_bundle, with_inputs

    configure_logs(as_json=False)
    settings = load_effective_config(config)
    if inputs:
        settings = with_inputs(settings, inputs)
    if model is not None:
        settings = with_bundle(settings, Path(model))
    station = open_station(settings, network_must_run=model is not None)
    revisions = write_triggers(station, out)
    summary = {
        "out": str(out),
        "packets": station.pipeline.packets,
        "packets_dropped": station.source.packets_dropped,
        "gaps": station.pipeline.time_base.counters.gaps,
        "triggers": station.pipeline.triggers,
        "revisions": revisions,
    }
    if as_json:
        typer.echo(json.dumps(summary))
    else:
        counted = ", ".join(f"{value} {name}" for name, value in list(summary.items())[1:])
        typer.echo(f"{out}: {counted.replace('_', ' ')}")


@app.command(epilog="Example: edge-agent check --config station.toml --json")
def check(config: ConfigOption, as_json: JsonOption = False) -> None:
    """Check configuration, source, model, state directory and broker; say what to mend."""
    from edge.check import check_station
    from edge.logs import configure_logs
    from edge.reconfigure.effective import effective, read_station_file
    from edge.reconfigure.on_site import findings

    configure_logs(as_json=False)
    held = effective(read_station_file(config))
    _tell([*findings(held), *check_station(held.config)], as_json=as_json)


@app.command(epilog="Example: edge-agent doctor --config /etc/edge-agent/station.toml")
def doctor(
    config: ConfigOption,
    listen_s: Annotated[
        float, typer.Option("--listen", min=1, max=600, help="Seconds to listen to the sensor")
    ] = 10.0,
    as_json: JsonOption = False,
) -> None:
    """Examine board, clock, disk, speed, sensor and all that `check` looks at; say what to do.

    A running agent holds the sensor: stop it first (systemctl stop edge-agent).
    """
    from edge.doctor.examine import examine_station
    from edge.logs import configure_logs
    from edge.reconfigure.effective import effective, read_station_file
    from edge.reconfigure.on_site import findings

    configure_logs(as_json=False)
    held = effective(read_station_file(config))
    _tell([*findings(held), *examine_station(held.config, listen_s)], as_json=as_json)


def _tell(findings: "list[Finding]", *, as_json: bool) -> None:
    """Print findings; end with 1 if one of them is bad.

    A terminal folds them below their subject; for `grep` and logs each is one line.
    """
    if as_json:
        typer.echo(json.dumps([finding.as_dict() for finding in findings], indent=2))
    else:
        from rich.console import Console
        from rich.table import Table
        from rich.text import Text

        console, table = Console(), Table.grid(padding=(0, 1))
        for finding in findings:
            mark = Text("ok  ", "green") if finding.ok else Text("fail", "red")
            text = Text(f"{finding.subject}: {finding.text}")
            if console.is_terminal:
                table.add_row(mark, text)
            else:
                console.print(mark, text, soft_wrap=True)
        if console.is_terminal:
            console.print(table)
    if not all(finding.ok for finding in findings):
        raise typer.Exit(EXIT_FAILED)


@app.command(epilog="Example: edge-agent watch --config /etc/edge-agent/station.toml")
def watch(
    config: ConfigOption,
    own: Annotated[
        bool, typer.Option("--own", help="Open the sensor itself, where no agent runs")
    ] = False,
    once: Annotated[bool, typer.Option("--once", help="Print one screen and end")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print a JSON object a second")] = False,
) -> None:
    """Watch the station live: traces, detectors, clock, broker, triggers. `q` quits."""
    from edge.logs import configure_logs
    from edge.reconfigure.effective import load_effective_config
    from edge.watch.terminal import Link
    from edge.watch.terminal import watch as show

    configure_logs(as_json=False)
    settings = load_effective_config(config)
    if not own:
        show(lambda: Link(settings.state_dir), as_json=as_json, once=once)
        return
    from edge.watch.own import own_station

    with own_station(settings) as folder:
        show(lambda: Link(folder), as_json=as_json, once=once)


@app.command(epilog="Example: edge-agent models --json")
def models(as_json: JsonOption = False) -> None:
    """List the model bundles that came with the agent, for `--model` and `detection.model`."""
    from rich.console import Console

    from edge.inventory import inventory, inventory_table

    entries = inventory()
    if as_json:
        typer.echo(json.dumps([entry.as_dict() for entry in entries], indent=2))
    else:
        Console().print(inventory_table(entries))


@app.command(epilog="Example: edge-agent explain -c station.toml --at 2026-03-01T06:51:33Z")
def explain(
    config: ConfigOption,
    at: Annotated[
        str,
        typer.Option("--at", help="A time (ISO 8601, UTC) or a trigger's id", show_default=False),
    ],
    before_s: Annotated[
        float, typer.Option("--before", min=0, max=3600, help="Seconds before it to show")
    ] = 5.0,
    after_s: Annotated[
        float, typer.Option("--after", min=0, max=3600, help="Seconds after it to show")
    ] = 15.0,
    as_plot: Annotated[bool, typer.Option("--plot", help="Curves in place of a table")] = False,
    as_json: JsonOption = False,
) -> None:
    """Show what each detector saw at a time: the pipeline once more, from the archive."""
    from rich.console import Console

    from edge import explain_view as view
    from edge.explain import explain as explained
    from edge.explain import moment, unless_changed
    from edge.logs import configure_logs
    from edge.reconfigure.effective import effective, read_station_file
    from edge.update.start import in_charge

    configure_logs(as_json=False)
    held, time_ns = effective(read_station_file(config)), moment(at)
    explanation = unless_changed(
        explained(in_charge(held.config), time_ns, before_s, after_s),
        held.changed_since(time_ns, "detection", "source"),
    )
    if as_json:
        typer.echo(json.dumps(view.as_dict(explanation), indent=2))
        return
    for line in view.summary(explanation):
        typer.echo(line)
    if as_plot:
        for line in view.plot(explanation):
            typer.echo(line)
    else:
        Console().print(view.table(explanation), highlight=False)


@app.command(epilog="Example: edge-agent stationxml -c station.toml --out XX.KARA1.xml")
def stationxml(
    config: ConfigOption,
    out: Annotated[
        Path | None,
        typer.Option("--out", "-o", help="File; standard output where left out"),
    ] = None,
    start: Annotated[
        str, typer.Option("--start", help="Since when it holds (ISO 8601, UTC)")
    ] = "1970-01-01",
) -> None:
    """Write the station's StationXML, with the complete response of each channel."""
    from edge.errors import ConfigError
    from edge.reconfigure.effective import load_effective_config
    from edge.response.station import station_xml
    from edge.timestamps import parse_time

    try:
        start_ns = parse_time(start)
    except ValueError as error:
        raise ConfigError(None, [f"--start: {error}"]) from None
    document = station_xml(load_effective_config(config), start_ns)
    if out is None:
        typer.echo(document.decode())
    else:
        out.write_bytes(document)
        typer.echo(f"{out}: {len(document)} bytes")


@app.command(epilog="Example: edge-agent wheelhouse --platform aarch64 --out wheelhouse")
def wheelhouse(
    platform: Annotated[
        Literal["aarch64", "x86_64"], typer.Option("--platform", help="Processor of the station")
    ] = "aarch64",
    python: Annotated[
        Literal["3.11", "3.12", "3.13"],
        typer.Option("--python", help="Python of the station; Raspberry Pi OS 13 has 3.13"),
    ] = "3.13",
    out: Annotated[
        Path, typer.Option("--out", "-o", help="Folder; an older wheelhouse there is replaced")
    ] = Path("wheelhouse"),
    limit_mb: Annotated[
        float, typer.Option("--limit", min=1, help="Largest size of all wheels, megabytes")
    ] = 60.0,
    kit: Annotated[
        Path | None,
        typer.Option(
            "--kit", help="The kit's own wheel; built from the checkout or downloaded if left out"
        ),
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Build a folder of wheels from which stations are installed without a network."""
    from edge.wheelhouse import Order, Target, build_wheelhouse

    # pip itself too: Debian has it in a package of its own, which a system need not have.
    order = Order(Target(platform, python), out, more=("pip",), limit_mb=limit_mb, kit=kit)
    house = build_wheelhouse(order, say=lambda text: typer.echo(text, err=True))
    if as_json:
        typer.echo(json.dumps({"out": str(out), **house.model_dump()}, indent=2))
        return
    typer.echo(
        f"{out}: {len(house.wheels)} wheels, {house.size_bytes / 1e6:.1f} MB, for {platform}"
    )
    typer.echo(
        f"on the station: pip install --no-index --no-deps --find-links {out.name} "
        f"--require-hashes -r {out.name}/requirements.txt"
    )


app.command(epilog=PROVISION_EPILOG)(provision)
app.command(epilog=ENROL_EPILOG)(enrol)
app.command(epilog=FLASH_EPILOG)(flash)
app.command(epilog="Example: edge-agent update -c station.toml --from /media/usb/updates")(update)


def main() -> None:
    """Run the command line."""
    # A station's matrices are small: threads of BLAS only wait for each other, and spin while so.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    run_app(app, extra="edge")


if __name__ == "__main__":
    main()
