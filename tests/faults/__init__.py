"""The faults that a station survives: docs/faults.md is the table, these are tests that fill it."""
