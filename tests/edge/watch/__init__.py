"""Tests of the view of a running station."""
