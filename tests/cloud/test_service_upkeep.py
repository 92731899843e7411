"""Updates in a running centre: from what a station says to an alarm, a word, and an order."""

import hashlib
import time
from pathlib import Path

import httpx2
import pytest

from cloud.board import BoardConfig
from cloud.board.limits import ConditionConfig
from cloud.board.trouble import Trouble
from cloud.config import ServiceConfig, WebSection
from cloud.fleetview import fleet as module
from cloud.fleetview.config import FleetConfig
from cloud.holdings import open_store
from cloud.rollout.log import Change, RolloutLog
from cloud.rollout.plan import RolloutsConfig
from cloud.store.tokens import Role, Tokens
from cloud.webhooks import Rule, WebhooksConfig
from edge.messages import State
from edge.messages.update import UpdateModel, UpdateOutcome, UpdateReport
from edge.mqtt import Connector, Identity, MqttConfig
from tests.cloud.rollout.test_engine import begun
from tests.cloud.test_service import RunningBroker, running, state, until
from tests.cloud.webhooks.conftest import Listener, listener
from tests.updates import Release, bundle_of

__all__ = ["listener"]  # a fixture


def saying(report: UpdateReport) -> State:
    """Return the state of a station that says how it does with updates."""
    return state("A", online=True).model_copy(update={"update": report})


async def test_a_station_that_rolled_back_and_a_rollout_that_pauses_are_told(
    mosquitto: RunningBroker,
    tmp_path: Path,
    listener: Listener,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Over MQTT and TUF, in the API and to a webhook; over when the station runs what it should."""
    monkeypatch.setattr(module, "_LOOK_S", 0.1)
    bundle = bundle_of(tmp_path, 2)
    Release(tmp_path / "updates").offer(bundle, ring="canary")
    sha256 = hashlib.sha256(bundle.read_bytes()).hexdigest()
    target = {"type": "json", "url": f"{listener.url}/fleet"}
    rule = Rule.model_validate({"name": "fleet", "about": "stations", "target": target})
    settings = ServiceConfig(
        mqtt=MqttConfig(port=mosquitto.port, retry_max_s=0.5),
        web=WebSection(port=0),
        state_dir=tmp_path,
        fleet=FleetConfig(after_s={Trouble.ROLLBACK: 0.0}, well_s=0.2, gather_s=0.0),
        rollouts=RolloutsConfig(look_s=0.2),
        screen=BoardConfig(condition=ConditionConfig(silence_s=3_600.0)),
        webhooks=WebhooksConfig(rules=(rule,)),
    )
    new = UpdateModel(
        name="loudness", version=2, sha256=sha256, rollout_id="r-2", since=time.time_ns()
    )
    last = UpdateOutcome(
        **new.model_dump(), end="rolled back", phase="probation", reason="it fires alone"
    )
    bad = UpdateReport(ring="canary", phase="idle", last=last, quarantined=(sha256,))
    good = UpdateReport(ring="canary", phase="idle", committed=new)
    store = open_store(settings)
    token = Tokens(store.engine).add("ana", 0, Role.OPERATOR)
    now_ns = time.time_ns()
    rollout = begun(deadline_s=9_000.0).model_copy(update={"started": now_ns, "ring_since": now_ns})
    RolloutLog(store.engine).begin(Change(rollout), None, now_ns)
    # A ring without a station is done at once: it must know of one before it looks.
    store.save(saying(bad), now_ns)
    store.close()
    headers = {"Authorization": f"Bearer {token}", "X-Requested-With": "test"}
    async with (
        Connector(MqttConfig(port=mosquitto.port), Identity("stations")).connect() as stations,
        running(settings) as service,
        httpx2.AsyncClient(base_url=service.address) as client,
    ):

        async def say(report: UpdateReport) -> None:
            said = saying(report).to_wire()
            await stations.deliver("tremor/v1/XX/A/state", said, retain=True)

        await say(bad)
        await until(lambda: len(listener.heard) == 1)
        (twin,) = (await client.get("/api/v1/twins")).json()
        (open_alarm,) = (await client.get("/api/v1/alarms?open=true")).json()
        await say(good)
        await until(lambda: len(listener.heard) == 2)
        (well,) = (await client.get("/api/v1/twins")).json()
        order = await client.post("/api/v1/rollouts/r-2/pause", json={}, headers=headers)
        await until(lambda: len(listener.heard) == 3)

    told = [(body["kind"], body["over"]) for _, _, body in listener.heard]
    assert [("rollback", False), ("rollback", True), ("rollout", False)] == told
    assert {"model": "rolled back in probation: it fires alone"} == twin["words"]
    assert "XX.A rolled back loudness 2 in probation: it fires alone" == open_alarm["headline"]
    assert {"model": "as wanted"} == well["words"]
    assert (200, "paused", "by ana") == (
        order.status_code,
        order.json()["state"],
        order.json()["reason"],
    )
