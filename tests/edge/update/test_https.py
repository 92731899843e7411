"""Over HTTPS: the server must be vouched for, by the host's authorities or by those of a file."""

import http.server
import ssl
import threading
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

from edge.errors import UpdateError
from edge.update.updater import UpdateRun
from tests.edge.update.conftest import Offered
from tests.selfsigned import self_signed
from tests.updates import station_config


class _Quiet(http.server.SimpleHTTPRequestHandler):
    def do_GET(self) -> None:
        """Answer below the address that stations know."""
        self.path = self.path.removeprefix("/updates")
        super().do_GET()

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def server(offered: Offered, tmp_path: Path) -> Iterator[tuple[str, Path]]:
    """Serve the repository over HTTPS; yield address and authority."""
    authority = self_signed(tmp_path)
    handler = partial(_Quiet, directory=str(offered.release.repository.folder))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as one:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(tmp_path / "server.pem")
        one.socket = context.wrap_socket(one.socket, server_side=True)
        serving = threading.Thread(target=one.serve_forever, daemon=True)
        serving.start()
        yield f"https://127.0.0.1:{one.server_address[1]}/updates", authority
        one.shutdown()
        serving.join()


def test_an_authority_of_its_own(
    offered: Offered, server: tuple[str, Path], tmp_path: Path
) -> None:
    """With the file the server is believed, and the network taken."""
    url, authority = server
    config = station_config(tmp_path, offered.release.root, url=url, ca_file=authority)

    report = UpdateRun(config).look_only()

    assert ("take", 7) == (report.act, report.requests)


def test_a_server_that_nobody_vouches_for(
    offered: Offered, server: tuple[str, Path], tmp_path: Path
) -> None:
    """Without it, it is not even asked."""
    config = station_config(tmp_path, offered.release.root, url=server[0])

    with pytest.raises(UpdateError, match="CERTIFICATE_VERIFY_FAILED"):
        UpdateRun(config).look_only()
