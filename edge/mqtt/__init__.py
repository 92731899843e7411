"""The connection to the broker, for the station as for the centre."""

from edge.mqtt.config import MqttConfig, Protocol, TlsConfig
from edge.mqtt.connection import Connection, Identity, connect

__all__ = ["Connection", "Identity", "MqttConfig", "Protocol", "TlsConfig", "connect"]
