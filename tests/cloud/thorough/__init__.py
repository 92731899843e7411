"""Tests of the thorough path."""
