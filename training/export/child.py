"""A conversion in a process of its own.

Some conversions end in a segmentation fault, and TensorFlow keeps half a gigabyte: a child
process bears both.
"""

import subprocess
import sys
from pathlib import Path

from pydantic import BaseModel

from training.errors import ExportError

_TIMEOUT_S = 1800.0
_LAST_WORDS = 8
"""Lines of the child's errors that are passed on."""


def run_child(module: str, job: BaseModel, output: Path, name: str) -> bytes:
    """Run `python -m MODULE JOB.json` and return the file that it wrote.

    Args:
        module: Program.
        job: What it is told; written beside the output.
        output: The file that it writes.
        name: Of what is converted, for errors.

    Raises:
        ExportError: It failed; the error has its last words.
    """
    job_file = output.parent / "job.json"
    job_file.write_text(job.model_dump_json())
    try:
        # The program is this interpreter, the arguments are our own file.
        done = subprocess.run(  # noqa: S603
            [sys.executable, "-m", module, str(job_file)],
            capture_output=True,
            text=True,
            check=False,
            timeout=_TIMEOUT_S,
        )
    except subprocess.TimeoutExpired as error:
        raise ExportError(name, f"not done after {_TIMEOUT_S:.0f} s") from error
    if done.returncode != 0 or not output.exists():
        words = "\n".join(done.stderr.strip().splitlines()[-_LAST_WORDS:])
        raise ExportError(name, f"exit {done.returncode}: {words}")
    return output.read_bytes()
