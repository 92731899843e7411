"""Tests of the FDSN web services."""
