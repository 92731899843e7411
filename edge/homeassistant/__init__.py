"""The station as a device of Home Assistant, by MQTT discovery; off unless asked for."""
