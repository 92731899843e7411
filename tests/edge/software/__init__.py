"""Tests of agent software over the air."""
