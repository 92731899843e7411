"""Tests of the protocols of the networks of windows."""
