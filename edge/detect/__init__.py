"""Detectors: blocks in, each at its rate, and one frame a hop out."""
