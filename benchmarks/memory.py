"""What a station's memory is made of: each import in turn, in a fresh process (B5).

    python benchmarks/memory.py

Resident megabytes after each step, and what it added; the file-backed pages of libraries count.
"""

import json
import subprocess
import sys

_STEPS = {
    "Python": "",
    "NumPy": "import numpy",
    "pydantic": "import pydantic",
    "structlog": "import edge",
    "MQTT client": "import aiomqtt",
    "configuration": "import edge.config",
    "agent": "import edge.agent",
    "archive (pymseed)": "import pymseed",
    "LiteRT": "import ai_edge_litert.interpreter",
}
_CHILD = """
import json, sys
from pathlib import Path
steps = json.loads(sys.argv[1])
for name, code in steps.items():
    exec(code)
    rollup = Path("/proc/self/smaps_rollup").read_text().splitlines()
    resident = next(int(line.split()[1]) for line in rollup if line.startswith("Rss"))
    print(name, resident * 1024 / 1e6, sep="\\t")
"""


def main() -> None:
    """Measure and print."""
    child = subprocess.run(
        [sys.executable, "-c", _CHILD, json.dumps(_STEPS)],
        capture_output=True,
        text=True,
        check=True,
    )
    before_mb = 0.0
    for line in child.stdout.splitlines():
        name, resident = line.split("\t")
        print(f"{name:<18} {float(resident):6.1f} MB  +{float(resident) - before_mb:.1f}")
        before_mb = float(resident)


if __name__ == "__main__":
    main()
