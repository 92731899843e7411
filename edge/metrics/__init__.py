"""How a station does, for Prometheus."""
