"""Tests of deep picking."""
