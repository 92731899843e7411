"""Golden vectors: samples that go in, and what must come out on every machine."""

import io
import math
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Self

import numpy as np
from numpy.typing import NDArray

from edge.bundle.facts import WindowInputFacts
from edge.bundle.ziplayer import pack, unpack
from edge.packet import Samples

_STATE_PREFIX = "state_"
_ARRAY_LIMIT_BYTES = 4_000_000
_MAGIC = b"\x93NUMPY\x01\x00"
_ITEM_BYTES = 4
_HEADER = re.compile(
    rb"\{'descr': '<f4', 'fortran_order': False, 'shape': \((?P<shape>[\d, ]*)\), \} *\n"
)


@dataclass(frozen=True, slots=True)
class Golden:
    """A stream, or windows, and the answers of the float network to it."""

    samples: Samples
    """Shape (n, 3), m/s2 at the network's rate; windows one after the other."""
    conditioned: NDArray[np.float32]
    """Shape (n, 3): the samples after preprocessing; of k windows the features, (k, *shape)."""
    probabilities: NDArray[np.float32]
    """Shape (n / hop, labels): after each hop, by the float network; of windows (k, rows,
    labels)."""
    states: dict[str, NDArray[np.float32]] = field(default_factory=dict)
    """Real value of each state after the last hop."""

    @classmethod
    def of_windows(
        cls,
        heard: WindowInputFacts,
        labels: int,
        windows: Samples,
        answer: Callable[[NDArray[np.float32]], NDArray[np.float32]],
    ) -> Self:
        """Return the vectors of a network of windows.

        Args:
            heard: What the network hears.
            labels: Number of labels in each row of its answers.
            windows: Shape (k, window_samples, 3): Z, N, E, m/s2; each is filtered by itself.
            answer: The float network: features (k, *shape) in, its outputs (k, ...) out.
        """
        preparation = heard.preparation()
        raw = np.asarray(windows, np.float32)
        features = preparation.features(np.stack([preparation.filtered(w) for w in raw]))
        answers = np.asarray(answer(features), np.float32).reshape(len(raw), -1, labels)
        return cls(raw.reshape(-1, raw.shape[-1]), features, answers)

    def to_bytes(self) -> bytes:
        """Return the .npz file; the same vectors give the same bytes."""
        arrays: dict[str, NDArray[np.float32]] = {
            "samples": self.samples,
            "conditioned": self.conditioned,
            "probabilities": self.probabilities,
        }
        arrays |= {_STATE_PREFIX + name: value for name, value in self.states.items()}
        return pack({f"{name}.npy": _array_to_bytes(value) for name, value in arrays.items()})

    @classmethod
    def from_bytes(cls, content: bytes, state_names: tuple[str, ...]) -> Self:
        """Return the vectors of an .npz file.

        Raises:
            ValueError: It is no such file, or an array is missing, too large or not float32.
        """
        names = ["samples", "conditioned", "probabilities"]
        names += [_STATE_PREFIX + name for name in state_names]
        members = unpack(content, {f"{name}.npy": _ARRAY_LIMIT_BYTES for name in names})
        missing = [name for name in names if f"{name}.npy" not in members]
        if missing:
            raise ValueError(f"golden vectors lack {', '.join(missing)}")
        arrays = {name: _array_from_bytes(name, members[f"{name}.npy"]) for name in names}
        states = {name: arrays[_STATE_PREFIX + name] for name in state_names}
        return cls(arrays["samples"], arrays["conditioned"], arrays["probabilities"], states)


def _array_to_bytes(value: NDArray[np.float32]) -> bytes:
    buffer = io.BytesIO()
    np.save(buffer, np.ascontiguousarray(value, np.float32), allow_pickle=False)
    return buffer.getvalue()


def _array_from_bytes(name: str, content: bytes) -> NDArray[np.float32]:
    """Read an array without believing its header: `np.load` first allocates what it claims."""
    magic, length, text = content[:8], content[8:10], content[10:]
    if magic != _MAGIC:
        raise ValueError(f"array {name!r} is no .npy file of version 1.0")
    size = int.from_bytes(length, "little")
    header = _HEADER.match(text[:size])
    if header is None:
        raise ValueError(f"array {name!r} has the header {text[:80]!r}, not that of float32")
    shape = tuple(int(n) for n in header["shape"].split(b",") if n.strip())
    values = text[size:]
    if math.prod(shape) * _ITEM_BYTES != len(values):
        raise ValueError(f"array {name!r} of shape {shape} has {len(values)} bytes")
    return np.frombuffer(values, np.float32).reshape(shape)
