"""`cloud-aggregator acl`: what each station may do at the broker."""

from pathlib import Path
from typing import Annotated

import typer

from edge.errors import ConfigError


def acl(
    stations: Annotated[
        Path | None,
        typer.Option("--stations", help="CSV with the columns network and station"),
    ] = None,
    pattern: Annotated[
        bool,
        typer.Option("--pattern", help="One rule for all users whose name is NETWORK/STATION"),
    ] = False,
    config: Annotated[
        Path | None,
        typer.Option("--config", "-c", help="Centre's file (TOML); defaults where left out"),
    ] = None,
    centre: Annotated[
        str | None,
        typer.Option("--centre", help="Centre's user; that of its file, or 'centre'"),
    ] = None,
    reader: Annotated[
        list[str] | None,
        typer.Option("--reader", help="User who may only watch; may be given several times"),
    ] = None,
    home_assistant: Annotated[
        str | None,
        typer.Option(
            "--home-assistant",
            help="User of a Home Assistant; each station may show itself to it (prefix "
            "homeassistant)",
        ),
    ] = None,
) -> None:
    """Print an ACL file for Mosquitto: a station writes only its own topics.

    Without --stations and --pattern it is for the stations that the centre's database knows.
    """
    from cloud.acl import HomeAssistant, acl_file, read_station_names
    from cloud.config import ServiceConfig, load_service_config
    from cloud.holdings import open_store

    if pattern and stations is not None:
        raise typer.BadParameter("--pattern and --stations exclude each other: give one")
    settings = load_service_config(config) if config is not None else ServiceConfig()
    names: list[tuple[str, str]] | None = None
    if stations is not None:
        names = read_station_names(stations)
    elif not pattern:
        store = open_store(settings)
        names = [(state.network, state.station) for state, _ in store.states()]
        store.close()
        if not names:
            problem = f"{store.where} knows no station yet; give --stations or --pattern"
            raise ConfigError(None, [problem])
    user = centre or settings.mqtt.username or "centre"
    house = HomeAssistant(home_assistant) if home_assistant is not None else None
    typer.echo(acl_file(names, user, reader or (), house), nl=False)
