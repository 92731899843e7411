"""Tests of several processes that receive."""
