"""The discovery message: one retained JSON object for the device and all its entities.

Its form is Home Assistant's device-based discovery, since 2024.12:
https://www.home-assistant.io/integrations/mqtt/#mqtt-discovery
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from edge import __version__
from edge.config import StationConfig
from edge.homeassistant.config import HomeAssistantConfig
from edge.homeassistant.entities import ALARM, ENTITIES, Entity
from edge.messages.topics import station_topic

_MAKER: Final = "tremorkit"
_ORIGIN: Final = {"name": _MAKER, "sw_version": __version__}
_AVAILABLE: Final = "{{ 'online' if value_json.online else 'offline' }}"


def discovery_topic(config: HomeAssistantConfig, network: str, station: str) -> str:
    """Return the topic of a station's discovery message.

    Network and station stand in it as in the kit's own topics, so that one rule of the broker's
    ACL can allow it to whoever is called NETWORK/STATION.
    """
    return f"{config.prefix}/device/{network}/{station}/config"


@dataclass(frozen=True, slots=True)
class Discovery:
    """A discovery message."""

    topic: str
    payload: bytes
    device: str
    """Home Assistant's identifier of the device."""
    components: Mapping[str, str]
    """Platform of each entity that it speaks of, by key."""


def discovery(
    config: StationConfig, sensor: str, shown: Mapping[str, str] | None = None
) -> Discovery | None:
    """Return a station's discovery message, or None where nobody wants it.

    Args:
        config: The station file.
        sensor: What the device's model is said to be.
        shown: Entities that the topic ever spoke of, platform by key; those that there are no
            more are taken away.
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
    components = {entity.key: _component(config, name, entity) for entity in entities}
    platforms = {**(shown or {}), **{entity.key: entity.platform for entity in entities}}
    message = {
        "device": device,
        "origin": _ORIGIN,
        "availability": [{"topic": _topic(config, "state"), "value_template": _AVAILABLE}],
        "components": {**_nothing_of(platforms), **components},
    }
    topic = discovery_topic(wanted, place.network, place.station)
    return Discovery(topic, _json(message), name, platforms)


def withdrawal(device: str, components: Mapping[str, str]) -> bytes:
    """Return the message that takes all entities of a device away.

    It comes before the empty one that takes itself away: Home Assistant does not find the
    entities of an empty message on a topic with two names (seen with 2025.1).
    """
    return _json(
        {
            "device": {"identifiers": [device]},
            "origin": _ORIGIN,
            "components": _nothing_of(components),
        }
    )


def _nothing_of(components: Mapping[str, str]) -> dict[str, dict[str, object]]:
    """Return entities with nothing but their platforms: those are taken away."""
    return {key: {"platform": platform} for key, platform in components.items()}


def _json(message: object) -> bytes:
    return json.dumps(message, ensure_ascii=False, separators=(",", ":")).encode()


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
