"""The running centre learns its stations' corrections, and begins its next life with them."""

import time
from pathlib import Path

from cloud.config import ServiceConfig
from cloud.service import Service
from cloud.store import Store
from cloud.store.residuals import Residuals
from cloud.thorough.config import ThoroughConfig
from edge.messages import EventStatus, Trigger
from tests.cloud.test_service import (
    PLACES,
    SECOND,
    RunningBroker,
    config,
    events_of,
    known,
    running,
    send,
    stations,
    trigger,
    until,
)

_LOUD = "C"


def settings(folder: Path, port: int) -> ServiceConfig:
    """Return a centre's configuration without the thorough path, which needs waveforms."""
    return config(folder, port).model_copy(update={"thorough": ThoroughConfig(enabled=False)})


def shaken(name: str, origin_ns: int) -> Trigger:
    """Return a trigger; one station says ten times as much displacement as the others."""
    one = trigger(name, origin_ns, revision=1)
    pd_m = 3e-4 if name == _LOUD else 3e-5
    return one.model_copy(update={"pd_m": pd_m, "window_s": 3.0})


async def finish(service: Service) -> None:
    """Let ten minutes pass for the events of a running centre."""
    aggregator = service.centre._aggregator
    await service.centre.carry_on(aggregator.advance(time.time_ns() + 600 * SECOND))


async def test_a_final_event_teaches_the_next_life_of_the_centre(
    broker: RunningBroker, tmp_path: Path
) -> None:
    """The station that shouts is corrected from the first event on, also after a restart."""
    origin_ns = time.time_ns() - 20 * SECOND
    chosen = settings(tmp_path, broker.port)
    async with stations(broker.port) as connection, events_of(broker.port) as heard:
        async with running(chosen) as service:
            await until(lambda: known(service) == len(PLACES))
            await send(connection, *(shaken(name, origin_ns) for name in PLACES))
            await until(lambda: any(len(one.stations) == len(PLACES) for one in heard))
            await finish(service)
            await until(lambda: bool(service.centre._aggregator.corrections))
            await until(lambda: any(one.status is EventStatus.FINAL for one in heard))
            learnt = service.centre._aggregator.corrections
        async with running(chosen) as service:
            await until(lambda: learnt == service.centre._aggregator.corrections)
    store = Store(tmp_path / "centre.sqlite")
    residuals = Residuals(store.engine).latest()
    store.close()

    assert {f"XX.{name}" for name in PLACES} == {each.station for each in residuals}
    assert f"XX.{_LOUD}" == max(learnt, key=lambda key: learnt[key])[0]
