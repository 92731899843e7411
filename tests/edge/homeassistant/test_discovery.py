"""The discovery message, and what its templates make of our messages."""

import json
from datetime import datetime
from pathlib import Path

import pytest

from edge.alarm.config import AlarmConfig
from edge.config import StationConfig
from edge.homeassistant.config import HomeAssistantConfig
from edge.homeassistant.discovery import discovery, withdrawal
from edge.homeassistant.entities import ENTITIES
from edge.messages import (
    Alarm,
    ClockState,
    ComponentNoise,
    Health,
    Message,
    NoiseLevel,
    NoiseSpectrum,
    NoiseVerdict,
    QualityFlag,
    State,
    Trigger,
    TriggerStatus,
)
from tests.edge import test_feed
from tests.edge.alarm.alarms import IDLE, RINGING
from tests.edge.alarm.test_rule import TRIGGER
from tests.edge.homeassistant.house import UNKNOWN, House
from tests.edge.streams import CLOCK

BARE = Health(
    network="XX", station="A", time=0, packets=0, packets_dropped=0, gaps=0, outbox_depth=0,
    triggers=0,
)  # fmt: skip
OF_DEVICE = {"identifiers", "name", "manufacturer", "model", "sw_version", "suggested_area"}
OF_ENTITY = {
    "platform", "name", "unique_id", "state_topic", "value_template", "device_class",
    "state_class", "unit_of_measurement", "suggested_display_precision", "entity_category",
    "expire_after", "off_delay", "options", "availability",
}  # fmt: skip
"""What Home Assistant's sensors and binary sensors know of what we use; it refuses the rest."""

OF_HEALTH = {entity.key for entity in ENTITIES if entity.kind == "health"}


def config(folder: Path, **section: object) -> StationConfig:
    """A station that shows itself, with an alarm."""
    plain = test_feed.station(folder).config
    return plain.model_copy(
        update={"home_assistant": HomeAssistantConfig(**section), "alarm": AlarmConfig()}  # type: ignore[arg-type]
    )


@pytest.fixture
def house(tmp_path: Path) -> House:
    """A Home Assistant that has discovered the station."""
    found = discovery(config(tmp_path), "adxl355")
    assert found is not None
    return House(found.topic, found.payload)


def take(house: House, kind: str, *messages: Message) -> dict[str, str]:
    """Return the states after messages."""
    for message in messages:
        house.take(f"tremor/v1/XX/A/{kind}", message.to_wire())
    return house.states


def test_the_message_has_what_home_assistant_wants(house: House) -> None:
    """Device, origin, and of each entity no key that it does not know."""
    message = house.message

    assert {"device", "origin", "availability", "components"} == message.keys()
    assert OF_DEVICE >= message["device"].keys()
    assert ["tremor_XX_A_00"] == message["device"]["identifiers"]
    assert message["origin"]["name"]
    for component in house.components.values():
        assert OF_ENTITY >= component.keys()
        assert component["platform"] in {"sensor", "binary_sensor"}
    ids = [component["unique_id"] for component in house.components.values()]
    assert len(ids) == len(set(ids))


def test_it_is_small(tmp_path: Path) -> None:
    """It goes out at every connection, also by a thin line."""
    found = discovery(config(tmp_path), "adxl355")

    assert found is not None
    assert len(found.payload) < 8192


def test_name_area_and_prefix_are_those_of_the_section(tmp_path: Path) -> None:
    """In the operator's own language."""
    found = discovery(config(tmp_path, name="Küche", area="Keller", prefix="ha/eu"), "adxl355")

    assert found is not None
    device = json.loads(found.payload)["device"]
    assert ("ha/eu/device/XX/A/config", "Küche", "Keller") == (
        found.topic,
        device["name"],
        device["suggested_area"],
    )


def test_without_the_section_there_is_no_message(tmp_path: Path) -> None:
    """Off by default."""
    assert discovery(test_feed.station(tmp_path).config, "adxl355") is None


def test_only_a_station_with_an_alarm_has_one(tmp_path: Path) -> None:
    """An entity that never changes is no entity."""
    plain = config(tmp_path).model_copy(update={"alarm": None})
    found = discovery(plain, "adxl355")

    assert found is not None
    assert "alarm" not in House(found.topic, found.payload).components


def test_what_there_is_no_more_is_taken_away(tmp_path: Path) -> None:
    """An entity with nothing but its platform is one that Home Assistant removes."""
    plain = config(tmp_path).model_copy(update={"alarm": None})
    found = discovery(plain, "adxl355", {"alarm": "binary_sensor", "pga": "sensor"})

    assert found is not None
    components = json.loads(found.payload)["components"]
    assert {"platform": "binary_sensor"} == components["alarm"]
    assert "unique_id" in components["pga"]
    assert {"alarm", "pga"} <= found.components.keys()


def test_a_withdrawal_names_every_entity() -> None:
    """And still says what device and by whom, or Home Assistant refuses it."""
    message = json.loads(withdrawal("tremor_XX_A_00", {"pga": "sensor", "alarm": "binary_sensor"}))

    assert {"device", "origin", "components"} == message.keys()
    assert {"pga": {"platform": "sensor"}, "alarm": {"platform": "binary_sensor"}} == (
        message["components"]
    )


def test_a_station_that_is_away_is_unavailable(house: House) -> None:
    """All but the entity that says so."""
    take(house, "state", State(online=False, network="XX", station="A"))
    assert (False, "OFF") == (house.available, house.states["connection"])
    take(house, "state", State(online=True, network="XX", station="A"))
    assert (True, "ON") == (house.available, house.states["connection"])
    assert [] == house.components["connection"]["availability"]


def test_health_becomes_numbers(house: House) -> None:
    """In the units that are stated."""
    components = tuple(
        ComponentNoise(
            channel=channel, levels_db=(), above_nlnm_db=1, above_nhnm_db=1, verdict=word
        )
        for channel, word in (("HNZ", NoiseVerdict.QUIET), ("HNN", NoiseVerdict.VERY_NOISY))
    )
    full = BARE.model_copy(
        update={
            "clock": ClockState(source=CLOCK.source, error_s=0.00234),
            "sampling_rate_hz": 99.97,
            "latency_s": 0.41,
            "noise": (
                NoiseLevel(channel="HNZ", rms_m_s2=2e-4),
                NoiseLevel(channel="HNN", rms_m_s2=6.5e-4),
            ),
            "spectrum": NoiseSpectrum(bands_hz=(), span_s=41, components=components),
            "temperature_c": 21.5,
            "outbox_depth": 3,
            "triggers": 7,
            "quality": (QualityFlag.TILT,),
        }
    )
    states = take(house, "health", full)

    assert {
        "clock_error": "2.3",
        "rate": "99.97",
        "latency": "0.41",
        "noise": "0.65",
        "site": "very noisy",
        "temperature": "21.5",
        "outbox": "3",
        "triggers": "7",
        "quality": "ON",
    } == {
        key: states[key]
        for key in states
        if house.components[key]["state_topic"].endswith("health")
    }
    assert states["site"] in house.components["site"]["options"]


def test_what_health_does_not_know_is_unknown(house: House) -> None:
    """Not zero, and no error in Home Assistant's log."""
    states = take(house, "health", BARE)

    for key in ("clock_error", "rate", "latency", "noise", "site", "temperature"):
        assert UNKNOWN == states[key], key
    assert ("0", "0", "OFF") == (states["outbox"], states["triggers"], states["quality"])


def test_every_word_for_a_site_is_an_option(house: House) -> None:
    """Home Assistant refuses a word that it was not told of."""
    assert set(NoiseVerdict) == set(house.components["site"]["options"])


def test_a_trigger_is_told_and_may_be_taken_back(house: House) -> None:
    """On, with its time and strength; off when it is retracted."""
    strong = TRIGGER.model_copy(update={"pga_m_s2": 0.1234, "jma_intensity": 3.2})
    states = dict(take(house, "trigger", strong))
    back = strong.model_copy(update={"revision": 1, "status": TriggerStatus.RETRACTED})
    after = dict(take(house, "trigger", back))

    assert ("ON", "0.1234", "3.2") == (states["shaking"], states["pga"], states["intensity"])
    assert datetime.fromisoformat(states["last_trigger"]).tzinfo is not None
    assert "OFF" == after["shaking"]


@pytest.mark.parametrize("before", ["unknown", "2026-03-01T06:31:03.212500+00:00"])
def test_a_drill_shakes_no_house(house: House, before: str) -> None:
    """Every entity stays as it was."""
    house.states["last_trigger"] = before
    drill = TRIGGER.model_copy(update={"exercise": True, "pga_m_s2": 1.0, "jma_intensity": 5.0})

    states = take(house, "trigger", drill)

    assert UNKNOWN if before == "unknown" else before == states["last_trigger"]
    assert {"unknown"} == {states[key] for key in ("shaking", "pga", "intensity")}


def test_a_trigger_without_a_figure_leaves_the_last_one(house: House) -> None:
    """The first revision may know no intensity yet."""
    first = TRIGGER.model_copy(update={"pga_m_s2": 0.1, "jma_intensity": 2.0})

    states = take(house, "trigger", first, TRIGGER)

    assert ("0.1", "2.0") == (states["pga"], states["intensity"])


def test_the_alarm_is_told(house: House) -> None:
    """As it rings and as it ends."""
    assert "OFF" == take(house, "alarm", IDLE)["alarm"]
    assert "ON" == take(house, "alarm", RINGING)["alarm"]


def test_every_message_of_a_topic_can_be_read_by_all_its_entities(house: House) -> None:
    """No template fails on the least that a message may be."""
    least: dict[str, Message] = {
        "state": State(online=False, network="XX", station="A"),
        "health": BARE,
        "trigger": TRIGGER,
        "alarm": Alarm(network="XX", station="A", ringing=False),
    }
    kinds = {c["state_topic"].rsplit("/", 1)[1] for c in house.components.values()}
    for kind in kinds:
        take(house, kind, least[kind])

    assert kinds <= least.keys()
    assert isinstance(least["trigger"], Trigger)
