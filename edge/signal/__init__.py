"""Streaming signal processing: state is carried, no window is ever computed twice.

NumPy alone: SciPy would cost a station 75 MB and 0.7 s at every start.
"""
