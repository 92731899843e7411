"""A real PostgreSQL server on loopback, made, stopped and started by the tests."""

import getpass
import os
import pwd
import secrets
import shutil
import socket
import subprocess
import tempfile
from pathlib import Path

_PROGRAMS = [os.environ.get("PATH", ""), *map(str, Path("/usr/lib/postgresql").glob("*/bin"))]
INITDB = shutil.which("initdb", path=os.pathsep.join(_PROGRAMS))
MISSING = (
    "no PostgreSQL server here: initdb is neither on the PATH nor in /usr/lib/postgresql "
    "(Debian: apt install postgresql)"
)
_SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "fsync": "off",
    "shared_buffers": "16MB",
    "max_connections": "40",
    "log_min_messages": "panic",
}


class PostgresServer:
    """A server with a fresh folder of its own and a password.

    PostgreSQL refuses to run as root: then it runs as the user that its package made.

    Attributes:
        port: TCP port, the same after every restart.
        password: Of its only user, `tremor`.
    """

    host = "127.0.0.1"

    def __init__(self) -> None:
        if INITDB is None:
            raise FileNotFoundError(MISSING)
        self.password = "pass%word/" + secrets.token_hex(4)  # with what a URL must escape
        self._user = "postgres" if os.geteuid() == 0 else getpass.getuser()
        self.folder = Path(tempfile.mkdtemp(prefix="tremorkit-postgres-"))
        secret = self.folder / "password"
        secret.write_text(self.password)
        for path in (self.folder, secret):
            os.chown(path, pwd.getpwnam(self._user).pw_uid, -1)
        self._data = self.folder / "data"
        with socket.create_server((self.host, 0)) as probe:
            self.port: int = probe.getsockname()[1]
        self._run(
            *("initdb", "-D", self._data, "-U", "tremor", "--auth", "scram-sha-256"),
            *("--pwfile", secret, "-E", "UTF8", "--no-locale", "--no-sync"),
        )
        settings = _SETTINGS | {"port": str(self.port)}
        lines = [f"{key} = '{value}'\n" for key, value in settings.items()]
        self._run(
            "sh", "-c", 'cat >>"$0"', self._data / "postgresql.conf", given="".join(lines).encode()
        )

    def start(self) -> None:
        """Start it and wait until it answers."""
        self._run("pg_ctl", "start", "-w", "-D", self._data, "-l", self.folder / "log")

    def stop(self) -> None:
        """End it at once, as a power cut does."""
        self._run("pg_ctl", "stop", "-m", "immediate", "-D", self._data)

    def remove(self) -> None:
        """End it and forget its data."""
        if (self._data / "postmaster.pid").exists():
            self.stop()
        shutil.rmtree(self.folder)

    def _run(self, program: str, *arguments: object, given: bytes | None = None) -> None:
        # The programs look for each other beside themselves.
        found = Path(str(INITDB)).resolve().with_name(program)
        command = [str(found if found.exists() else program), *map(str, arguments)]
        subprocess.run(
            command,
            check=True,
            user=self._user if os.geteuid() == 0 else None,
            cwd=self.folder,
            input=given,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE if program == "initdb" else subprocess.DEVNULL,
        )
