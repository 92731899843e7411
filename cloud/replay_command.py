"""`cloud-aggregator replay`: a folder of recordings in, a file of events out."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from cloud.aggregator import Aggregator
from cloud.picking import PickingConfig, open_picker
from cloud.recordings import read_recording
from cloud.replay import Progress as Report
from cloud.replay import replay, write_events
from edge.config import StationConfig
from edge.logs import configure_logs
from edge.messages import Event
from edge.station import with_bundle
from edge.timestamps import format_time


def replay_command(
    data: Path,
    out: Path,
    *,
    station_table: Path | None,
    bundle: Path | None,
    network: bool,
    thorough: bool,
    quiet: bool,
) -> list[Event]:
    """Replay a folder and write every revision; returns the last one of each event.

    Args:
        data: The folder.
        out: The file of revisions.
        station_table: CSV of coordinates, if any.
        bundle: Network for every station; the shipped one where left out.
        network: Stations run a network beside STA/LTA.
        thorough: Waveforms of events are picked, and events located from them.
        quiet: Show no progress.

    Raises:
        ConfigError: The folder cannot be read as recordings.
        PickerError: The picker does not work.
    """
    configure_logs(as_json=False)
    recording = read_recording(data, station_table)
    configs = [_with_model(config, bundle, network=network) for config in recording.stations]
    with ExitStack() as stack:
        picker = stack.enter_context(open_picker(PickingConfig())) if thorough else None
        progress = stack.enter_context(_shown_progress(len(configs), quiet=quiet))
        return write_events(replay(configs, Aggregator(), progress, picker), out)


def _with_model(config: StationConfig, bundle: Path | None, *, network: bool) -> StationConfig:
    if bundle is not None:
        return with_bundle(config, bundle)
    if network:
        return config
    model = config.detection.model.model_copy(update={"enabled": False})
    detection = config.detection.model_copy(update={"model": model})
    return config.model_copy(update={"detection": detection})


@contextmanager
def _shown_progress(stations: int, *, quiet: bool) -> Iterator[Report]:
    columns = (SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), disable=quiet, transient=True) as bar:
        task = bar.add_task(f"{stations} stations")

        def report(now_ns: int) -> None:
            moment = format_time(now_ns)[:19].replace("T", " ")
            bar.update(task, description=f"{stations} stations, data time {moment}")

        yield report
