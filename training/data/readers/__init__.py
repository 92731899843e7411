"""Readers of published data sets, one module a layout; `training.data.layouts` finds the right one.

Each reads a recording at a time, so that sets larger than memory can be gone through.
"""
