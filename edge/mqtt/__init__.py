"""The connection to the broker, for the station as for the centre."""

from edge.mqtt.config import MqttConfig, Protocol, TlsConfig
from edge.mqtt.connection import Connection, Connector, Identity
from edge.mqtt.lasting import stay_connected

__all__ = [
    "Connection",
    "Connector",
    "Identity",
    "MqttConfig",
    "Protocol",
    "TlsConfig",
    "stay_connected",
]
