"""The instrument's response: from the sensor's profile to StationXML."""
