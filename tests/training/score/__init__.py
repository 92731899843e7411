"""Tests of `training.score`."""
