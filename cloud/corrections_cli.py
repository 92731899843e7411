"""`cloud-aggregator corrections`: what stations say too much of magnitudes."""

import json
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from edge.commandline import JsonOption


def corrections(
    config: Annotated[
        Path | None,
        typer.Option("--config", "-c", help="Centre's file (TOML); defaults where left out"),
    ] = None,
    station: Annotated[
        str | None, typer.Option("--station", help="NETWORK.STATION; all where left out")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Show what was learnt of each station's magnitudes, and what is taken off them."""
    from cloud.config import ServiceConfig, load_service_config
    from cloud.holdings import open_store
    from cloud.learning import Learning

    settings = load_service_config(config) if config is not None else ServiceConfig()
    store = open_store(settings)
    learnt = Learning(store.engine, settings.aggregator.magnitude).table()
    store.close()
    shown = [each for each in learnt if station is None or each.station == station]
    if as_json:
        typer.echo(json.dumps([asdict(each) for each in shown], indent=2))
        return
    if not shown:
        typer.echo("nothing is known yet: stations are learnt from final events")
        return
    typer.echo(f"{'station':<24}{'type':<6}{'events':>7}{'mean':>8}{'spread':>8}{'taken off':>11}")
    for each in shown:
        typer.echo(
            f"{each.station:<24}{each.type.value:<6}{each.events:>7}{each.mean:>+8.2f}"
            f"{each.spread:>8.2f}{each.value:>+11.2f}"
        )
