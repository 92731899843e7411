"""Tests of the published protocols."""
