"""Tests of who is believed."""
