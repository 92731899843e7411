"""Make the checkout's virtual environment, or say which package the system lacks for it."""

import subprocess
import sys
import venv
from pathlib import Path

_OLDEST = (3, 11)


def main() -> None:
    """Make the environment named by the first argument."""
    target = Path(sys.argv[1])
    if sys.version_info < _OLDEST:
        sys.exit(
            f"tremorkit needs Python 3.11 or newer, this is {sys.version.split()[0]}; "
            "try: make PYTHON=python3.12"
        )
    try:
        import ensurepip  # noqa: F401, PLC0415 - Debian leaves it out of python3
    except ModuleNotFoundError:
        version = f"{sys.version_info.major}.{sys.version_info.minor}"
        sys.exit(f"Python lacks venv here; mend it with: sudo apt-get install python{version}-venv")
    venv.create(target, with_pip=True, clear=True)
    python = target / "bin" / "python"
    subprocess.run([python, "-m", "pip", "install", "--quiet", "uv>=0.5,<1"], check=True)  # noqa: S603 - our own arguments


if __name__ == "__main__":
    main()
