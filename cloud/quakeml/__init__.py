"""Events as QuakeML 1.2: origins, picks, magnitudes and amplitudes for everybody's tools."""

from cloud.quakeml.document import quakeml

__all__ = ["quakeml"]
