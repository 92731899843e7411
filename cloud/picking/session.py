"""A network of windows on the best processor that gives the golden answers.

Before a provider of ONNX Runtime is used it runs the bundle's golden windows: what is farther from
the golden answers than the card's tolerance (1e-3 of a probability, 1e-4 on average) is passed
over, with a line in the log. So two providers differ by twice that at most.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

import numpy as np
import structlog
from numpy.typing import NDArray

from edge.bundle import Bundle, verify_bundle
from edge.errors import BundleError, MissingExtraError
from edge.runtime.network import Network
from edge.runtime.onnx import CPU, OnnxNetwork

_log = structlog.get_logger(__name__)

_NETWORK: Final = "model.onnx"
_Wanted = str | tuple[str, dict[str, int]]
_PROVIDERS: Final[dict[str, _Wanted]] = {
    "cpu": CPU,
    # Products in TensorFloat-32 would keep ten bits of each factor.
    "cuda": ("CUDAExecutionProvider", {"use_tf32": 0}),
    "tensorrt": "TensorrtExecutionProvider",
}
_AT_ONCE: Final = {"cpu": 1, "cuda": 64, "tensorrt": 64}
"""Windows a call. On a CPU the layers of one window just fit its cache: more at once are slower
(`python benchmarks/picker.py`)."""


class Session:
    """A network that was proven on one provider."""

    def __init__(self, network: Network, provider: str) -> None:
        """Bind to a network with one input and one output.

        Args:
            network: As loaded.
            provider: cpu, cuda or tensorrt.
        """
        self.provider = provider
        self._network = network
        (self._input,) = network.inputs
        (self._output,) = network.outputs
        self._at_once = _AT_ONCE[provider]

    def run(self, features: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return the answers to windows, shape (k, rows, labels).

        Args:
            features: Of `Preparation.features`, shape (k, ...), k at least 1.
        """
        parts = [
            self._network.run({self._input: features[i : i + self._at_once]})[self._output]
            for i in range(0, len(features), self._at_once)
        ]
        return np.concatenate(parts)


def open_session(bundle: Bundle, providers: Sequence[str], threads: int) -> Session:
    """Return a bundle's network on the first provider that gives its golden answers.

    Args:
        bundle: With model.onnx.
        providers: cpu, cuda, tensorrt; best first.
        threads: Of the arithmetic on the CPU.

    Raises:
        MissingExtraError: ONNX Runtime is not installed.
        BundleError: None of the providers is here and gives the golden answers.
    """
    available = _available()
    refused = []
    for provider in providers:
        wanted = _PROVIDERS[provider]
        if (wanted if isinstance(wanted, str) else wanted[0]) not in available:
            refused.append(f"{provider} is not installed")
            continue
        try:
            network = _proven(bundle, wanted, threads)
        except BundleError as error:
            refused.append(f"{provider}: {error.reason}")
            _log.warning("picker_provider_refused", provider=provider, reason=error.reason)
        else:
            return Session(network, provider)
    raise BundleError(bundle.path, f"nothing runs it here: {'; '.join(refused)}")


def _proven(bundle: Bundle, wanted: _Wanted, threads: int) -> Network:
    # Behind a GPU stands the CPU, for operators that it has not.
    providers = [wanted] if wanted == CPU else [wanted, CPU]
    alone = replace(bundle, networks={_NETWORK: bundle.networks[_NETWORK]})
    return verify_bundle(
        alone, load=lambda content, _: OnnxNetwork(content, providers, threads)
    ).network


def _available() -> list[str]:
    try:
        import onnxruntime  # noqa: PLC0415 - a centre without a picker needs none
    except ImportError as missing:
        raise MissingExtraError("cloud", "onnxruntime") from missing
    return list(onnxruntime.get_available_providers())
