"""Rollouts in rings."""
