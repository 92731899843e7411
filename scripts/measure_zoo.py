"""Convert every network of the zoo to every scheme and write what came of it.

python scripts/measure_zoo.py [NAME ...]   measures these (or all) and keeps the other results

Half an hour on one core for all. The table is training/models/conversions.json; afterwards write
docs/zoo.md anew with python scripts/write_zoo_page.py.
"""

import sys
import tempfile
from pathlib import Path

from training.zoo import network, zoo
from training.zoo_conversions import CONVERSIONS_FILE, read_conversions, write_conversions
from training.zoo_measure import MEASURED_ELSEWHERE, gather, measure


def main() -> None:
    """Measure the networks named on the command line."""
    names = sys.argv[1:] or [name for name in zoo() if name not in MEASURED_ELSEWHERE]
    results = {}
    if CONVERSIONS_FILE.exists():
        results = {(r.network, r.scheme): r for r in read_conversions().results}
    for name in names:
        with tempfile.TemporaryDirectory() as folder:
            for result in measure(network(name), Path(folder)):
                results[name, result.scheme] = result
                print(result.model_dump_json(exclude_defaults=True), flush=True)
        order = list(zoo())
        ordered = sorted(results.values(), key=lambda result: order.index(result.network))
        write_conversions(gather(ordered))


if __name__ == "__main__":
    main()
