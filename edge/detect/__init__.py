"""Detectors: blocks at 32 Hz in, one frame a hop out."""
