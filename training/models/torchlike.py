"""Settings under which Keras' layers do what PyTorch's do, for networks published in PyTorch."""

import keras
from keras import layers


def batch_norm(name: str) -> layers.BatchNormalization:
    """Return a batch normalisation with PyTorch's defaults (epsilon 1e-5, momentum 0.1)."""
    return layers.BatchNormalization(momentum=0.9, epsilon=1e-5, name=name)


def convolve(
    x: keras.KerasTensor, filters: int, kernel: tuple[int, int], pool: tuple[int, int], name: str
) -> keras.KerasTensor:
    """Convolve without padding, normalise, GELU, take maxima, drop out a tenth."""
    x = layers.Conv2D(filters, kernel, name=f"{name}_conv")(x)
    x = batch_norm(f"{name}_norm")(x)
    x = layers.Activation("gelu", name=f"{name}_gelu")(x)
    x = layers.MaxPooling2D(pool, name=f"{name}_pool")(x)
    return layers.Dropout(0.1, name=f"{name}_dropout")(x)
