"""A Mosquitto of our own on loopback."""

import contextlib
import getpass
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

_PATH = "/usr/sbin:/usr/local/sbin:/usr/bin:/usr/local/bin"
_PATIENCE_S = 10.0


@contextlib.contextmanager
def mosquitto(folder: Path, *, no_delay: bool = True) -> Iterator[int]:
    """Run a broker in a folder; yields its port. Ends the program where none is installed.

    Args:
        folder: For its configuration.
        no_delay: Switch Nagle's algorithm off, which holds messages back for 40 ms.
    """
    binary = shutil.which("mosquitto", path=_PATH)
    if binary is None:
        sys.exit("mosquitto is not installed (Debian: apt install mosquitto)")
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    config = folder / "mosquitto.conf"
    config.write_text(
        f"listener {port} 127.0.0.1\nallow_anonymous true\nlog_dest none\n"
        f"user {getpass.getuser()}\n" + ("set_tcp_nodelay true\n" if no_delay else "")
    )
    with subprocess.Popen([binary, "-c", str(config)], stderr=subprocess.DEVNULL) as process:
        try:
            _wait_for(port)
            yield port
        finally:
            process.terminate()


def _wait_for(port: int) -> None:
    end_s = time.monotonic() + _PATIENCE_S
    while True:
        try:
            socket.create_connection(("127.0.0.1", port)).close()
        except OSError:
            if time.monotonic() > end_s:
                raise
            time.sleep(0.02)
        else:
            return
