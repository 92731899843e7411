"""Tests of edge.wheelhouse."""
