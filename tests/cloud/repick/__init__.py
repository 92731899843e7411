"""Tests of picking a whole archive."""
