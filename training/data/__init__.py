"""Recordings for training: readers, the split by event, labels and mixing.

Everything is brought to the station's detection rate by the station's own resampler, so that a
network never learns what the station would not show it.
"""
