"""Install the checkout with some of its extras, editable, at the versions of constraints.txt."""

import argparse
import subprocess
import sys
from pathlib import Path

_ROOT = Path(__file__).resolve().parents[1]


def main() -> None:
    """Install what the arguments name."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("extras", nargs="?", help="comma-separated extras of tremorkit")
    parser.add_argument("--package", help="one package in place of the checkout")
    arguments = parser.parse_args()
    wanted = [arguments.package] if arguments.package else ["-e", f"{_ROOT}[{arguments.extras}]"]
    command = [sys.executable, "-m", "uv", "pip", "install", "--python", sys.executable]
    command += ["--constraint", str(_ROOT / "constraints.txt"), *wanted]
    subprocess.run(command, check=True)  # noqa: S603 - our own arguments


if __name__ == "__main__":
    main()
