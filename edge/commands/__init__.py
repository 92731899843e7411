"""What a station does on command, by MQTT."""
