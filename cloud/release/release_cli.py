"""`cloud-aggregator release`: networks for stations, from a holder's key to a station's disk."""

from cloud.release import files_cli, keys_cli
from cloud.release.shared_cli import release_app

__all__ = ["files_cli", "keys_cli", "release_app"]
