"""Tests of the networks of the zoo."""
