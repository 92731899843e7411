"""The folder of a reproduction: it is entered again for the same one only."""

import json

from training.errors import RunError
from training.reproduce.options import Options


def enter(network: str, options: Options, fingerprint: str) -> None:
    """Make the folder, or enter it again.

    Args:
        network: In the zoo.
        options: Of this run.
        fingerprint: Of the data.

    Raises:
        RunError: The folder holds a reproduction of something else.
    """
    facts = {
        "network": network,
        "data_sha256": fingerprint,
        "seed": options.seed,
        "quick": options.quick,
        "epochs": options.epochs,
    }
    file = options.out / "settings.json"
    if file.is_file() and json.loads(file.read_text()) != facts:
        raise RunError(options.out, "holds a reproduction of something else; name another folder")
    options.out.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps(facts, indent=2) + "\n")
