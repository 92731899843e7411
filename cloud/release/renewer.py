"""The centre signs anew what would run out, as long as it runs."""

import asyncio

import structlog

from cloud.errors import ReleaseError
from cloud.release.config import UpdatesConfig
from cloud.release.keys import load_signer
from cloud.release.online import Online
from cloud.release.repository import Repository
from edge.concurrency import wait_at_most

_log = structlog.get_logger(__name__)


class Renewer:
    """Keeps a repository fresh.

    Args:
        repository: The repository.
        config: With the centre's key.
    """

    def __init__(self, repository: Repository, config: UpdatesConfig) -> None:
        self._repository = repository
        self._config = config

    async def run(self, stop: asyncio.Event) -> None:
        """Look for what runs out until `stop` is set; a failure ends nothing else."""
        while not stop.is_set():
            await asyncio.to_thread(self.look)
            await wait_at_most(stop, self._config.look_s)

    def look(self) -> list[str]:
        """Sign anew what runs out soon; return which roles."""
        if self._config.online_key is None or not self._repository.is_published:
            return []
        try:
            signer = load_signer(self._config.online_key, passphrase(self._config))
            signed = Online(self._repository, signer).renew()
        except (ReleaseError, OSError) as error:
            _log.error("updates_not_renewed", reason=str(error))
            return []
        if signed:
            _log.info("updates_renewed", roles=signed)
        return signed


def passphrase(config: UpdatesConfig) -> str | None:
    """Return the passphrase of the centre's key; None where it has none.

    Raises:
        ReleaseError: Its file cannot be read.
    """
    path = config.passphrase_file
    if path is None:
        return None
    try:
        return path.read_text(encoding="utf-8").partition("\n")[0].rstrip("\r")
    except (OSError, UnicodeDecodeError) as error:
        raise ReleaseError(str(path), f"cannot be read: {error}") from error
