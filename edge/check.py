"""What `edge-agent check` looks at, each with a sentence that says what it found or how to mend it.

Nothing is changed but one file that is written and removed in the state directory.
"""

import asyncio
import shutil
import tempfile
from collections.abc import Callable
from itertools import islice

import aiomqtt

from edge.config import StationConfig
from edge.detect.loading import load_detectors
from edge.enrol.attach import let_in
from edge.enrol.identity import IdentityStore
from edge.errors import TremorError
from edge.finding import Finding, WantingError
from edge.mqtt import Connector, Identity, MqttConfig
from edge.signal.proof import prove_filters
from edge.timestamps import format_time
from edge.update.store import UpdateStore

_LEAST_FREE_BYTES = 100_000_000


def check_station(config: StationConfig) -> list[Finding]:
    """Return what was found, in the order in which a sample meets it."""
    checks: dict[str, Callable[[StationConfig], str]] = {
        "station": _station,
        "arithmetic": _arithmetic,
        "source": _source,
        "model": _model,
        "state directory": _state_directory,
        "broker": _broker,
    }
    if config.update.enabled:
        checks["updates"] = _updates
        if config.update.software:
            checks["software"] = _software
    if config.alarm is not None:
        checks["alarm"] = _alarm
        if config.alarm.broker is not None:
            checks["alarm broker"] = _alarm_broker
    return [_finding(subject, check, config) for subject, check in checks.items()]


def _finding(subject: str, check: Callable[[StationConfig], str], config: StationConfig) -> Finding:
    try:
        return Finding(subject, ok=True, text=check(config))
    except TremorError as error:
        return Finding(subject, ok=False, text=str(error))


def _station(config: StationConfig) -> str:
    place = config.station
    return (
        f"{place.network}.{place.station}.{place.location} at {place.latitude:.5f}, "
        f"{place.longitude:.5f}, {place.elevation_m:.0f} m"
    )


def _arithmetic(_config: StationConfig) -> str:
    prove_filters()
    return "filters are right on this processor"


def _source(config: StationConfig) -> str:
    source = config.source.open()
    description = source.describe()
    first = next(islice(source.packets(), 1), None)
    if first is None:
        raise WantingError(f"{description.place} holds no packet")
    return (
        f"{description.type} at {description.place}: {description.sensor}, "
        f"{description.nominal_rate_hz:.2f} Hz, {' '.join(description.channels)}, "
        f"first packet {format_time(first.last_sample_ns)}"
    )


def _model(config: StationConfig) -> str:
    if not config.detection.model.enabled:
        return "none wanted, STA/LTA alone"
    _, (model,) = load_detectors(config.detection)
    if not model.running:
        raise WantingError(f"{model.reason}; STA/LTA would run alone")
    return f"{model.name} {model.version} ({model.scheme}), golden outputs reproduced on this CPU"


def _alarm(config: StationConfig) -> str:
    from edge.alarm.check import examine_alarm  # noqa: PLC0415 - it raises our WantingError

    return examine_alarm(config.alarm)


def _state_directory(config: StationConfig) -> str:
    folder = config.state_dir
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder) as file:
            file.write(b"\0" * 4096)
        free = shutil.disk_usage(folder).free
    except OSError as error:
        problem = f"state_dir {folder} cannot be written ({error}); give one that this user owns"
        raise WantingError(problem) from error
    if free < _LEAST_FREE_BYTES:
        raise WantingError(f"{folder}: {free / 1e6:.0f} MB free; the outbox wants 100 MB")
    return f"{folder} can be written, {free / 1e9:.1f} GB free"


def _updates(config: StationConfig) -> str:
    root, url = config.update.root, config.update.url
    try:
        if root is None or '"root"' not in root.read_text(encoding="utf-8"):
            raise WantingError(f"{root} holds no trusted root metadata; copy 1.root.json there")
    except (OSError, UnicodeDecodeError) as error:
        raise WantingError(f"the trusted root cannot be read: {error}") from None
    record = UpdateStore(config.state_dir).read()
    said = (
        "nothing came yet" if record.last is None else f"the last one was {record.last.end.value}"
    )
    problem = "" if record.problem is None else f"; {record.problem}"
    return f"trusts {root}, looks at {url or 'no address, only sticks'}; {said}{problem}"


def _software(config: StationConfig) -> str:
    from edge.software.examine import software_in_words  # noqa: PLC0415 - where it is wanted

    is_well, text = software_in_words(config.state_dir)
    if not is_well:
        raise WantingError(text)
    return text


def _broker(config: StationConfig) -> str:
    if config.enrolment is not None and IdentityStore(config.state_dir).read() is None:
        raise WantingError("no certificate yet; the agent gets it by itself, or: edge-agent enrol")
    return asyncio.run(
        _greet_broker(config, let_in(config).mqtt, "mqtt", "triggers would wait on disk")
    )


def _alarm_broker(config: StationConfig) -> str:
    broker = config.alarm.broker if config.alarm is not None else None
    if broker is None:
        return "none wanted"
    loss = "whoever listens there would not hear of an alarm"
    return asyncio.run(_greet_broker(config, broker, "alarm.broker", loss))


async def _greet_broker(config: StationConfig, mqtt: MqttConfig, section: str, loss: str) -> str:
    place = config.station
    identity = Identity(client_id=f"{place.network}-{place.station}-check")
    try:
        async with Connector(mqtt, identity).connect() as connection:
            return f"{mqtt.host}:{mqtt.port} lets us in, MQTT {connection.protocol}"
    except aiomqtt.MqttError as error:
        problem = (
            f"{mqtt.host}:{mqtt.port}: {error}; {loss}. Is the broker running, and are "
            f"{section}.host, {section}.port and the password right?"
        )
        raise WantingError(problem) from error
