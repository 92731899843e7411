"""Tests of edge.flash."""
