"""A repository with networks, software and settings, and the centre's key in a file."""

import shutil
from dataclasses import dataclass
from pathlib import Path

import pytest

from cloud.release.adding import Said, add, read_what
from cloud.release.config import UpdatesConfig
from cloud.release.drafts import draft_holders
from cloud.release.keys import load_signer, make_key
from cloud.release.listing import assignment_of
from cloud.release.online import Online
from cloud.release.repository import Repository
from tests.cloud.release.houses import wheelhouse
from tests.updates import Person, Release, bundle_of


@dataclass(frozen=True)
class Offered:
    """The repository of a centre."""

    repository: Repository
    updates: UpdatesConfig


@pytest.fixture(scope="session")
def _offered(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("rollout")
    release = Release(folder / "updates")
    centre = Person("second")
    centre.public = make_key(folder / "centre.key", folder / "centre.pub", "second", None)
    centre.signer = load_signer(folder / "centre.key", None)
    draft_holders(release.repository, "online", [centre.public], ["centre"], None)
    release.centre = centre
    release.publish()
    for version in (1, 2, 3):
        release.add(bundle_of(folder, version))
    for kit in ("1.1.0", "1.2.0"):
        for platform in ("aarch64", "x86_64"):
            house = wheelhouse(folder / f"{kit}-{platform}", kit, platform=platform)
            add(release.repository, read_what(house, Said()))
    settings = folder / "calm-1.toml"
    settings.write_text("[detection.sta_lta]\non_ratio = 4.5\n")
    add(release.repository, read_what(settings, Said()))
    release.publish()
    first = assignment_of(release.repository, "all", "models/loudness-1.tremor", "r-1")
    Online(release.repository, centre.signer).assign(
        dict.fromkeys(("canary", "early", "all"), first)
    )
    return folder


@pytest.fixture
def offered(_offered: Path, tmp_path: Path) -> Offered:
    """Return a repository that may be changed: networks 1 to 3, the first assigned to all rings.

    Beside them software 1.1.0 and 1.2.0 for two processors, and settings.
    """
    shutil.copytree(_offered, tmp_path / "offered")
    folder = tmp_path / "offered" / "updates"
    key = tmp_path / "offered" / "centre.key"
    return Offered(Repository(folder), UpdatesConfig(folder=folder, online_key=key))
