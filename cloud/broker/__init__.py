"""The embedded broker, for a demonstration and for a small network."""

from cloud.broker.embedded import EmbeddedBroker

__all__ = ["EmbeddedBroker"]
