"""Convert every network of the zoo to every scheme and format and write what came of it.

python scripts/measure_zoo.py [--format tflite|onnx] [--folder DIR] [NAME ...]

Measures these (or all) and keeps the other results. Half an hour on one core for all. Weights and
files stay in the folder, if one is given; weights that lie there are not learned anew. The table is
training/models/conversions.json; afterwards write docs/zoo.md anew with
python scripts/write_zoo_page.py.
"""

import argparse
import tempfile
from pathlib import Path

from training.export.subject import FORMATS
from training.zoo import network, zoo
from training.zoo_conversions import CONVERSIONS_FILE, read_conversions, write_conversions
from training.zoo_measure import gather, measure


def main() -> None:
    """Measure the networks named on the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("names", nargs="*", metavar="NAME")
    parser.add_argument("--format", choices=FORMATS, action="append", dest="formats")
    parser.add_argument("--folder", type=Path)
    given = parser.parse_args()
    for name in given.names or zoo():
        with tempfile.TemporaryDirectory() as scratch:
            folder = (given.folder or Path(scratch)) / name
            folder.mkdir(parents=True, exist_ok=True)
            measured = measure(network(name), folder, given.formats or FORMATS)
        for result in measured:
            print(result.model_dump_json(exclude_defaults=True), flush=True)
        results = {}
        if CONVERSIONS_FILE.exists():
            results = {(r.network, r.scheme, r.format): r for r in read_conversions().results}
        results |= {(r.network, r.scheme, r.format): r for r in measured}
        order = list(zoo())
        ordered = sorted(results.values(), key=lambda r: (order.index(r.network), r.format[::-1]))
        write_conversions(gather(ordered))


if __name__ == "__main__":
    main()
