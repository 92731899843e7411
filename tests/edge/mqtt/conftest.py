"""Certificates for the tests."""

import shutil
import subprocess
from pathlib import Path

import pytest

_RULES = """
[ca]
default_ca = rules
[rules]
database = index.txt
new_certs_dir = .
rand_serial = yes
default_md = sha256
default_days = 2
unique_subject = no
copy_extensions = copy
policy = names
[names]
commonName = supplied
"""
_NEW_KEY = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes")
_LONG_AGO = ("-startdate", "20200101000000Z", "-enddate", "20200201000000Z")


class Authority:
    """Makes `NAME.pem` and `NAME.key` in a folder of its own, where its own is `ca.pem`.

    Args:
        folder: Becomes the folder.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        (folder / "rules.cnf").write_text(_RULES)
        (folder / "index.txt").touch()
        made = ("-days", "2", "-keyout", "ca.key", "-out", "ca.pem", "-subj", "/CN=test ca")
        self._openssl("req", "-x509", *_NEW_KEY, *made)

    def issue(self, name: str, common_name: str, *more: str, expired: bool = False) -> Path:
        """Make a key and a certificate; return the path of the certificate.

        Args:
            name: Of the files.
            common_name: The subject.
            more: Extensions.
            expired: It ran out years ago.
        """
        subject = "/CN=" + common_name.replace("/", "\\/")
        extensions = [word for one in more for word in ("-addext", one)]
        request = ("-keyout", f"{name}.key", "-out", f"{name}.csr", "-subj", subject)
        self._openssl("req", *_NEW_KEY, *request, *extensions)
        self._openssl(
            *("ca", "-batch", "-notext", "-config", "rules.cnf"),
            *("-cert", "ca.pem", "-keyfile", "ca.key", "-in", f"{name}.csr", "-out", f"{name}.pem"),
            *(_LONG_AGO if expired else ()),
        )
        return self.folder / f"{name}.pem"

    def _openssl(self, *words: str) -> None:
        subprocess.run(["openssl", *words], cwd=self.folder, check=True, capture_output=True)


@pytest.fixture(scope="session")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    """Make an authority with a certificate for a broker on localhost; skips without openssl."""
    if shutil.which("openssl") is None:
        pytest.skip("openssl is not installed")
    made = Authority(tmp_path_factory.mktemp("authority"))
    made.issue("broker", "localhost", "subjectAltName=DNS:localhost")
    return made


@pytest.fixture(scope="session")
def certificates(authority: Authority) -> Path:
    """Return the folder with `ca.pem`, `broker.pem` and `broker.key`."""
    return authority.folder
