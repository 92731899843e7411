"""Tests of edge.metrics."""
