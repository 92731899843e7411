"""An event in a line or two for a person at a terminal."""

from edge.messages import Event
from edge.timestamps import format_time


def summarise(event: Event) -> str:
    """Return place, time, size, and how sure we are of it."""
    magnitude = "M ?"
    if event.magnitude is not None:
        spread = event.magnitude_uncertainty
        magnitude = f"{event.magnitude_type} {event.magnitude:.1f}"
        magnitude += f" ± {spread:.1f}" if spread is not None else ""
    latitude = f"{abs(event.latitude):.3f}° {'N' if event.latitude >= 0 else 'S'}"
    longitude = f"{abs(event.longitude):.3f}° {'E' if event.longitude >= 0 else 'W'}"
    return (
        f"{event.id}  {event.status}, revision {event.revision}\n"
        f"  {magnitude}  {format_time(event.origin_time)[:-5]}Z  {latitude} {longitude}  "
        f"depth {event.depth_km:.0f} km  ± {event.horizontal_uncertainty_km:.0f} km\n"
        f"  {len(event.stations)} stations: {', '.join(event.stations)}"
    )
