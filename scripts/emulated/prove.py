"""Golden vectors of every bundle that came with the agent, on the processor that runs this.

    python prove.py

Prints a JSON list. Needs the installed kit and nothing else; runs on both sides of a comparison.
"""

import json
import platform
import time

from edge.bundle import load_bundle, verify_bundle
from edge.bundle.shipped import shipped_bundles
from edge.errors import BundleError


def main() -> None:
    """Prove one bundle after the other."""
    proofs = []
    for path in shipped_bundles():
        bundle = load_bundle(path)
        card = bundle.card
        begun = time.perf_counter()
        try:
            worst, refusal = verify_bundle(bundle).worst_difference, None
        except BundleError as error:
            worst, refusal = None, error.reason
        proofs.append(
            {
                "name": card.name,
                "version": card.version,
                "scheme": card.quantisation.scheme,
                "tolerance": card.tolerance.worst,
                "worst": worst,
                "refusal": refusal,
                "seconds": time.perf_counter() - begun,
            }
        )
    print(json.dumps({"machine": platform.machine(), "proofs": proofs}))


if __name__ == "__main__":
    main()
