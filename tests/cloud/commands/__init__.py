"""Tests of commands to stations."""
