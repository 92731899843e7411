"""A station file's StationXML: what `edge-agent stationxml` writes."""

from edge.config import StationConfig
from edge.errors import ConfigError
from edge.response.chain import chains
from edge.response.document import station_document


def station_xml(config: StationConfig, start_ns: int) -> bytes:
    """Return the StationXML of a station, UTF-8.

    Args:
        config: The station file.
        start_ns: Since when it holds, nanoseconds since 1970 UTC.

    Raises:
        ConfigError: The sensor's profile has a mistake, or the station has a StationXML already.
        SourceError: The source cannot say what it delivers.
    """
    own = getattr(config.source, "station_xml", None)
    if own is not None:
        raise ConfigError(None, [f"source.station_xml: {own} has this station's response; use it"])
    source = config.source.open().describe()
    sensor = getattr(config.source, "sensor", None) or source.sensor
    ways = chains(source, sensor)
    return station_document(config.station, source.channels, ways, start_ns)
