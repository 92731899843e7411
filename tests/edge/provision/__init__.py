"""Tests of edge.provision."""
