"""Magnitudes."""
