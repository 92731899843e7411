"""Tests of the fleet as the centre sees it."""
