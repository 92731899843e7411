"""Tests of the association."""
