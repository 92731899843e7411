"""Tests of multi-station transfer learning."""
