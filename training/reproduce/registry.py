"""Which engine reproduces which network."""

from training.errors import ReproductionError
from training.reproduce.options import Options, Told
from training.reproduce.result import Reproduction
from training.reproduce.text import to_markdown
from training.reproduce.volcano.command import reproduce_sequences
from training.reproduce.windows.engine import reproduce_windows
from training.reproduce.windows.protocols import PROTOCOLS
from training.zoo import network

_SEQUENCES = "volcano-sequence"


def reproducible() -> tuple[str, ...]:
    """Return the networks that have a published protocol, in alphabetical order."""
    return tuple(sorted(("volcano_lstm", "volcano_tcn", *PROTOCOLS)))


def reproduce(name: str, options: Options, told: Told) -> Reproduction:
    """Run a network's published protocol and the sound one; the result is also written to a folder.

    Args:
        name: In the zoo.
        options: Data, place and size of the run.
        told: Called with a word on where it is.

    Raises:
        UnknownNetworkError: There is no such network.
        ReproductionError: Nobody published a protocol of it.
        DataError: The data are not there or not of the right kind.
        RunError: The folder holds another reproduction.
    """
    task = network(name).sound.task
    if task == _SEQUENCES:
        result = reproduce_sequences(name, options, told)
    elif name in PROTOCOLS:
        result = reproduce_windows(PROTOCOLS[name], options, told)
    else:
        raise ReproductionError(
            name, f"it has no published protocol; there are {', '.join(reproducible())}"
        )
    (options.out / "result.json").write_text(result.model_dump_json(indent=2) + "\n")
    (options.out / "result.md").write_text(to_markdown(result))
    return result
