"""The discovery message: one retained JSON object for the device and all its entities.

Its form is Home Assistant's device-based discovery, since 2024.12:
https://www.home-assistant.io/integrations/mqtt/#mqtt-discovery
"""

import json
from typing import Final

from edge import __version__
from edge.config import StationConfig
from edge.homeassistant.config import HomeAssistantConfig
from edge.homeassistant.entities import ALARM, ENTITIES, Entity
from edge.messages.topics import station_topic

_MAKER: Final = "tremorkit"
_AVAILABLE: Final = "{{ 'online' if value_json.online else 'offline' }}"


def discovery_topic(config: HomeAssistantConfig, network: str, station: str) -> str:
    """Return the topic of a station's discovery message.

    Network and station stand in it as in the kit's own topics, so that one rule of the broker's
    ACL can allow it to whoever is called NETWORK/STATION.
    """
    return f"{config.prefix}/device/{network}/{station}/config"


def discovery(config: StationConfig, sensor: str) -> tuple[str, bytes] | None:
    """Return topic and payload of a station's discovery message, or None where nobody wants it.

    Args:
        config: The station file.
        sensor: What the device's model is said to be.
    """
    wanted, place = config.home_assistant, config.station
    if wanted is None:
        return None
    name = f"tremor_{place.network}_{place.station}_{place.location}".rstrip("_")
    device = {
        "identifiers": [name],
        "name": wanted.name or f"Station {place.network}.{place.station}",
        "manufacturer": _MAKER,
        "model": sensor,
        "sw_version": __version__,
    }
    if wanted.area is not None:
        device["suggested_area"] = wanted.area
    entities = (*ENTITIES, ALARM) if config.alarm is not None else ENTITIES
    message = {
        "device": device,
        "origin": {"name": _MAKER, "sw_version": __version__},
        "availability": [{"topic": _topic(config, "state"), "value_template": _AVAILABLE}],
        "components": {entity.key: _component(config, name, entity) for entity in entities},
    }
    payload = json.dumps(message, ensure_ascii=False, separators=(",", ":")).encode()
    return discovery_topic(wanted, place.network, place.station), payload


def _component(config: StationConfig, device: str, entity: Entity) -> dict[str, object]:
    return {
        "platform": entity.platform,
        "name": entity.name,
        "unique_id": f"{device}_{entity.key}",
        "state_topic": _topic(config, entity.kind),
        "value_template": entity.template,
        **entity.options,
    }


def _topic(config: StationConfig, kind: str) -> str:
    return station_topic(config.station.network, config.station.station, kind)
