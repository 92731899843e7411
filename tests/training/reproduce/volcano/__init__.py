"""Tests of the protocol of the volcano networks."""
