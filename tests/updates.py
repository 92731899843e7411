"""A whole repository of updates, its holders and a station that trusts them, in a folder."""

import hashlib
import tomllib
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from securesystemslib.signer import CryptoSigner, SSlibKey
from tuf.api.exceptions import DownloadHTTPError

from cloud.release.drafts import Founders, Holders, draft_first, draft_target
from cloud.release.keys import HOLDER, PublicKey
from cloud.release.online import Online
from cloud.release.publishing import publish
from cloud.release.repository import Repository
from cloud.release.signing import drafts, sign
from edge.bundle import load_bundle
from edge.config import StationConfig, StationSection
from edge.sources import SyntheticConfig
from edge.update.config import UpdateSection
from edge.update.configuration import settings_as_text, settings_path
from edge.update.fetch import Fetcher
from edge.update.targets import (
    Assignment,
    ConfigurationAssignment,
    ConfigurationFacts,
    Kind,
    facts_of,
    model_path,
)
from tests.edge.window_bundles import (
    LOUD_M_S2,
    loudness_network,
    window_input,
    write_window_bundle,
)

BASE = "memory:///"


class Person:
    """A holder of a key."""

    def __init__(self, name: str) -> None:
        secret = Ed25519PrivateKey.generate()
        key = SSlibKey.from_crypto(secret.public_key())
        key.unrecognized_fields[HOLDER] = name
        self.name = name
        self.public = PublicKey(name, key)
        self.signer = CryptoSigner(secret)


class Release:
    """A published repository: three holders of root, two of models, thresholds of two.

    Attributes:
        repository: The repository.
        people: Holders, by name.
        centre: The centre's key.
    """

    def __init__(self, folder: Path, now: datetime | None = None) -> None:
        names = ("ana", "ben", "cho", "dia", "eli")
        self.people = {name: Person(name) for name in names}
        self.centre = Person("centre")
        self.repository = Repository(folder)
        ana, ben, cho, dia, eli = (self.people[name].public for name in names)
        draft_first(
            self.repository,
            Founders(Holders((ana, ben, cho), 2), Holders((dia, eli), 2), self.centre.public),
            now,
        )
        self.publish(now)

    @property
    def root(self) -> bytes:
        """The first root metadata: what a station is provisioned with."""
        return (self.repository.metadata / "1.root.json").read_bytes()

    @property
    def online(self) -> Online:
        """The centre's key at work."""
        return Online(self.repository, self.centre.signer)

    def publish(self, now: datetime | None = None, *signers: str) -> None:
        """Let all who may sign all drafts, or only some, and publish."""
        for role in drafts(self.repository):
            usual = ("dia", "eli") if role == "models" else ("ana", "ben")
            for name in signers or usual:
                sign(self.repository, role, self.people[name].signer)
        publish(self.repository, self.centre.signer, now)

    def add(self, bundle: Path, *, floor: int = 1, profiles: tuple[str, ...] = ()) -> str:
        """Sign and publish a bundle; return its hash."""
        card = load_bundle(bundle).card
        facts = facts_of(card, floor, profiles)
        content = bundle.read_bytes()
        draft_target(self.repository, model_path(card.name, card.version), content, facts)
        self.publish()
        return hashlib.sha256(content).hexdigest()

    def assign(self, bundle: Path, ring: str = "all", **changes: object) -> Assignment:
        """Assign a bundle to a ring."""
        name, _, version = bundle.stem.rpartition("-")
        facts = {
            "rollout_id": f"r-{version}",
            "model": model_path(name, int(version)),
            "sha256": hashlib.sha256(bundle.read_bytes()).hexdigest(),
        }
        assignment = Assignment.model_validate(facts | changes)
        self.online.assign({ring: assignment})
        return assignment

    def offer(self, bundle: Path, **changes: object) -> Assignment:
        """Publish a bundle and assign it to all."""
        self.add(bundle)
        return self.assign(bundle, **changes)

    def add_settings(self, text: str, version: int = 1, **facts: object) -> str:
        """Sign and publish settings called valley; return their hash."""
        content = text.encode()
        path = settings_path("valley", version)
        said = settings_as_text(tomllib.loads(text))
        known = {"name": "valley", "version": version, "settings": said} | facts
        draft_target(self.repository, path, content, ConfigurationFacts.model_validate(known))
        self.publish()
        return hashlib.sha256(content).hexdigest()

    def assign_settings(
        self, sha256: str, version: int = 1, ring: str = "all", **changes: object
    ) -> ConfigurationAssignment:
        """Assign settings called valley to a ring."""
        facts = {
            "rollout_id": f"s-{version}",
            "configuration": settings_path("valley", version),
            "sha256": sha256,
        }
        order = ConfigurationAssignment.model_validate(facts | changes)
        self.online.assign({ring: order}, Kind.CONFIGURATION)
        return order

    def offer_settings(self, text: str, version: int = 1, **changes: object) -> str:
        """Publish settings and assign them to all; return their hash."""
        sha256 = self.add_settings(text, version)
        self.assign_settings(sha256, version, **changes)
        return sha256


def bundle_of(
    folder: Path, version: int = 2, *, loud: float = LOUD_M_S2, network: bytes | None = None
) -> Path:
    """Return a small bundle of a version that fires on shaking above `loud`."""
    folder.mkdir(parents=True, exist_ok=True)
    return write_window_bundle(
        folder,
        heard=window_input(warm_up_s=1.0),
        network=network or loudness_network(loud=loud),
        version=version,
    )


def station_config(folder: Path, root: bytes, **changes: object) -> StationConfig:
    """Return a station that trusts a root."""
    trusted = folder / "root.json"
    trusted.write_bytes(root)
    update = {"enabled": True, "root": trusted, "url": "http://127.0.0.1:1/updates/"}
    return StationConfig(
        station=StationSection(network="XX", station="A", latitude=17.0, longitude=-99.5),
        source=SyntheticConfig(latitude=17.0, longitude=-99.5),
        update=UpdateSection.model_validate(update | {"clock": "any"} | changes),
        state_dir=folder / "state",
    )


class MemoryFetcher(Fetcher):
    """Gives a repository's files without a network, and what an attacker puts in their place.

    Attributes:
        asked: Names in order.
        replaced: Content in place of a file's, by name below the repository.
    """

    def __init__(self, folder: Path) -> None:
        super().__init__()
        self.asked: list[str] = []
        self.replaced: dict[str, bytes] = {}
        self.folder = folder

    def close(self) -> None:
        """Do nothing."""

    def _ask(self, url: str, headers: dict[str, str]) -> Iterator[bytes]:
        self.requests += 1
        name = url.partition(":///")[2]
        self.asked.append(name)
        path = self.folder / name
        if name not in self.replaced and not path.is_file():
            raise DownloadHTTPError(name, 404)
        content = self.replaced.get(name) or path.read_bytes()
        if headers.get("If-None-Match") == f'"{hashlib.sha256(content).hexdigest()}"':
            return iter(())
        self.received += len(content)
        return iter((content,))
