"""`edge-agent enrol`: get a certificate now, or renew it."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from edge.commandline import EXIT_FAILED, JsonOption

if TYPE_CHECKING:
    from edge.enrol.identity import Kept
    from edge.mqtt import MqttConfig

EPILOG = "Example: edge-agent enrol --config /etc/edge-agent/station.toml"


def enrol(
    config: Annotated[
        Path, typer.Option("--config", "-c", help="Station file (TOML)", show_default=False)
    ],
    token: Annotated[
        Path | None,
        typer.Option("--token", help="Token file, in place of enrolment.token_file"),
    ] = None,
    renew: Annotated[
        bool, typer.Option("--renew", help="Renew a certificate that holds for longer")
    ] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Show what there is, and change nothing")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Get a certificate for the broker with the card's token, or renew the one that there is.

    The station's key is made here and stays here. A running agent does all of this by itself.
    """
    from edge.enrol.config import EnrolmentSection
    from edge.enrol.enroller import Enroller
    from edge.enrol.identity import IdentityStore
    from edge.errors import EnrolError, EnrolRefusedError
    from edge.owner import as_owner_of
    from edge.reconfigure.effective import load_effective_config

    settings = load_effective_config(config)
    section = settings.enrolment or EnrolmentSection()
    if token is not None:
        section = section.model_copy(update={"token_file": token})
    store, place = IdentityStore(settings.state_dir), settings.station
    done = "nothing done"
    try:
        with as_owner_of(settings.state_dir):
            if not dry_run:
                enroller = Enroller(place.network, place.station, section, store)
                done = enroller.run(renew_now=renew).value
            kept = store.read()
    except (EnrolError, EnrolRefusedError) as error:
        if not as_json:
            raise
        typer.echo(json.dumps({"failed": str(error)}))
        raise typer.Exit(EXIT_FAILED) from error
    found = {"done": done, **_certificate(kept, settings.mqtt)}
    if as_json:
        typer.echo(json.dumps(found))
        return
    for key, value in found.items():
        typer.echo(f"{key:12} {value}")


def _certificate(kept: "Kept | None", mqtt: "MqttConfig") -> dict[str, str]:
    """Return what may be shown: nothing of the key."""
    from edge.timestamps import format_time

    if kept is None:
        return {"certificate": "none"}
    grant, given = kept.grant, mqtt.model_fields_set
    host = mqtt.host if "host" in given else grant.broker
    port = mqtt.port if "port" in given else grant.broker_port
    return {
        "certificate": f"{kept.network}/{kept.station}",
        "until": format_time(grant.not_after),
        "renewal": format_time(kept.renew_at_ns),
        "broker": f"{host}:{port}",
        "centre": grant.url,
    }
