"""Virtual stations and a scripted time of earthquakes, played to a real centre and scored."""
