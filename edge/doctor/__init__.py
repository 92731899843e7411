"""What may be wrong with a station at its place, in plain words, and what to do about it.

`edge-agent check` asks whether the configuration can work; the doctor also listens to the sensor
and looks at clock, board, disk and speed.
"""
