"""A network goes over the air onto a running station, with real processes and a real web server."""

from pathlib import Path

from edge.messages import State
from edge.mqtt import Connector, Identity, MqttConfig
from edge.update.record import End, Phase
from tests.edge.update.field import Field, served
from tests.updates import Release, bundle_of, station_config

QUICK = {
    "every_s": 1.0,
    "quiet_s": 0.0,
    "healthy_s": 1.0,
    "deadline_s": 90.0,
    "shadow": {"span_s": 2.0, "deadline_s": 90.0},
}


def _station(folder: Path, release: Release, url: str, port: int) -> Field:
    config = station_config(folder, release.root, url=url, **QUICK)
    broker = MqttConfig(port=port, retry_max_s=0.5)
    return Field(folder, config.model_copy(update={"mqtt": broker}))


async def test_a_good_network_is_committed_and_a_bad_one_never_in_charge(
    embedded_broker: object, tmp_path: Path
) -> None:
    """Fetched, proven, in the shadow, on probation, committed; the noisy one ends in the shadow."""
    release = Release(tmp_path / "repository")
    release.offer(bundle_of(tmp_path / "good", 2))
    port = embedded_broker.port  # type: ignore[attr-defined]
    async with served(release.repository.folder) as url:
        station = _station(tmp_path, release, url, port)
        connector = Connector(MqttConfig(port=port), Identity("ear"))
        async with station.running() as process, connector.connect() as ear:
            await station.until(lambda record: record.committed is not None)
            release.offer(bundle_of(tmp_path / "bad", 3, loud=1e-9))
            record = await station.until(
                lambda record: record.highest.get("loudness") == 3 or bool(record.quarantined)
            )
            alive = process.returncode is None
            await ear.subscribe("tremor/v1/XX/A/state", qos=1)
            state = State.from_wire((await anext(aiter(ear.messages))).payload)

    assert record.committed is not None
    assert (2, 3) == (record.committed.version, record.quarantined[0].version)
    assert (Phase.SHADOW, End.REJECTED) == (
        record.quarantined[0].phase,
        record.last.end if record.last is not None else None,
    )
    assert alive
    assert [("loudness", "2", True)] == [(m.name, m.version, m.running) for m in state.models]
    assert state.update is not None
