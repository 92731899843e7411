"""Tests of the recordings that stations sent."""
