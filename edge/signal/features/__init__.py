"""What published networks are shown instead of the trace: STFT, spectrogram image, filter bank.

Station and trainer share this code. Each feature has a batch form, a function over whole windows,
and a streaming form, a class that computes every frame once however the samples arrive; both give
the same numbers, which the tests hold against SciPy and Matplotlib.
"""
