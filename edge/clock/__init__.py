"""Clocks: the sensor's oscillator, the host's wall clock, and who keeps it right."""
