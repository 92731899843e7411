"""Model bundles: one file with a network, its card and the proof that it runs right here.

    bundle = load_bundle(path)             # hashes, sizes, members, card
    verified = verify_bundle(bundle)       # golden outputs on this machine's own processor
    detector = NetworkDetector(verified)

A bundle is data: nothing in it is executed. Whatever is wrong raises `BundleError` with the
reason, and the station goes on with STA/LTA alone.
"""

from edge.bundle.archive import Bundle, load_bundle, write_bundle
from edge.bundle.card import Card
from edge.bundle.golden import Golden
from edge.bundle.verify import VerifiedBundle, verify_bundle

__all__ = [
    "Bundle",
    "Card",
    "Golden",
    "VerifiedBundle",
    "load_bundle",
    "verify_bundle",
    "write_bundle",
]
