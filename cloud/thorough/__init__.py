"""The thorough path: waveforms asked for, picked, and the event located anew from them."""
