"""Lost and stolen keys, rehearsed in a repository of its own that goes afterwards.

A real client looks, with the root that a station would have got on its first day. Each scene says
what was lost, which commands mend it, and whether a station in the field follows.
"""

import hashlib
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from cloud.errors import ReleaseError
from cloud.release.contents import FORMS
from cloud.release.drafts import (
    Founders,
    Holders,
    draft_first,
    draft_holders,
    draft_target,
)
from cloud.release.keys import PublicKey, load_signer, make_key
from cloud.release.online import Online
from cloud.release.publishing import publish
from cloud.release.repository import Repository
from cloud.release.signing import sign
from edge.bundle import load_bundle
from edge.bundle.shipped import shipped_bundle
from edge.errors import TremorError, UpdateError
from edge.update.client import TufClient
from edge.update.configuration import settings_path
from edge.update.fetch import FolderFetcher, Limits
from edge.update.targets import (
    SOFTWARE,
    Assignment,
    ConfigurationAssignment,
    Order,
    SoftwareAssignment,
    facts_of,
    kind_of,
    model_path,
)

_BASE: Final = "folder:///"
_WORD: Final = "a rehearsal only"


@dataclass(frozen=True, slots=True)
class Scene:
    """What was rehearsed."""

    title: str
    ok: bool
    steps: tuple[str, ...]
    """What happened, and the commands that mend it."""


class Stage:
    """A repository of three holders of root, two of them enough, and two release managers.

    Args:
        folder: Empty; goes afterwards.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.repository = Repository(folder / "repository")
        self.public = {
            name: self.make(name) for name in ("ana", "ben", "cho", "dia", "eli", "centre")
        }
        ana, ben, cho, dia, eli, centre = self.public.values()
        founders = Founders(Holders((ana, ben, cho), 2), Holders((dia, eli), 2), centre)
        draft_first(self.repository, founders)
        self.sign("root", "ana", "ben")
        self.sign("targets", "ana", "ben")
        self.sign("models", "dia", "eli")
        self.publish()
        self.root = (self.repository.metadata / "1.root.json").read_bytes()
        self.cache = folder / "station"
        self.cache.mkdir()

    def make(self, name: str) -> PublicKey:
        """Make a key."""
        return make_key(self.folder / f"{name}.key", self.folder / f"{name}.pub", name, _WORD)

    def sign(self, role: str, *names: str) -> None:
        """Let holders sign a draft."""
        for name in names:
            sign(self.repository, role, load_signer(self.folder / f"{name}.key", _WORD))

    def publish(self, centre: str = "centre") -> None:
        """Publish all drafts."""
        publish(self.repository, load_signer(self.folder / f"{centre}.key", _WORD))

    def online(self, centre: str = "centre") -> Online:
        """Return the centre's key at work."""
        return Online(self.repository, load_signer(self.folder / f"{centre}.key", _WORD))

    def add(self) -> Assignment:
        """Draft the bundle that comes with the agent; return what would assign it."""
        path = shipped_bundle()
        content, card = path.read_bytes(), load_bundle(path).card
        name = model_path(card.name, card.version)
        draft_target(self.repository, name, content, facts_of(card))
        digest = hashlib.sha256(content).hexdigest()
        return Assignment(rollout_id="drill", model=name, sha256=digest)

    def station_sees(self, order: Order | None = None) -> str:
        """Let a station in the field look; return what it sees, or why it refuses.

        Args:
            order: What a thief of the centre's key wants it to run.
        """
        fetcher = FolderFetcher(self.repository.folder, _BASE, Limits(60.0))
        client = TufClient(_BASE, fetcher, self.cache, self.root, self.folder)
        try:
            client.refresh()
            if order is None:
                return "up to date"
            offers = [client.offer(path, FORMS[kind_of(path)]) for path in order.named]
        except UpdateError as error:
            return error.reason
        hashes = {offer.sha256 for offer in offers if offer is not None}
        listed = hashes == set(order.named.values())
        return "listed" if listed else "not listed by the role models"


def drill(play: Callable[[str], None] | None = None) -> list[Scene]:
    """Rehearse every scene; return what came of each.

    Args:
        play: Called with the title of each scene before it begins.
    """
    scenes = []
    for title, act in _SCENES.items():
        if play is not None:
            play(title)
        with tempfile.TemporaryDirectory(prefix="tremorkit-drill-") as name:
            try:
                steps, ok = act(Stage(Path(name)))
            except TremorError as error:
                steps, ok = [str(error)], False
        scenes.append(Scene(title, ok, tuple(steps)))
    return scenes


def _lost_root(stage: Stage) -> tuple[list[str], bool]:
    stage.station_sees()
    new = stage.make("fay")
    draft_holders(stage.repository, "root", [new], ["cho"], None)
    stage.sign("root", "ana", "ben")
    stage.sign("targets", "ana", "ben")
    stage.publish()
    seen = stage.station_sees()
    return [
        "cho's key is gone; two of three are left, which is enough",
        "release keys fay; release holders root --add fay.pub --remove cho",
        "release sign, by ana and by ben; release publish",
        f"a station with the first root: {seen}",
    ], seen == "up to date"


def _lost_models(stage: Stage) -> tuple[list[str], bool]:
    stage.station_sees()
    new = stage.make("fay")
    draft_holders(stage.repository, "models", [new], ["eli"], None)
    stage.sign("targets", "ana", "ben")
    stage.sign("models", "dia", "fay")
    stage.publish()
    seen = stage.station_sees()
    return [
        "eli's key is gone; alone, dia can release nothing, and needs not: stations run on",
        "release keys fay; release holders models --add fay.pub --remove eli",
        "release sign, targets by ana and ben, models by dia and fay; release publish",
        f"a station with the first root: {seen}",
    ], seen == "up to date"


def _stolen_online(stage: Stage) -> tuple[list[str], bool]:
    stage.station_sees()
    seen_of_evil = {stage.station_sees(order) for order in _evil()}
    refused = ", ".join(sorted(seen_of_evil))
    new = stage.make("centre2")
    draft_holders(stage.repository, "online", [new], ["centre"], None)
    stage.sign("root", "ana", "ben")
    stage.sign("targets", "ana", "ben")
    stage.publish("centre2")
    try:
        stage.online("centre").renew(anew=True)
        thief = "can still sign"
    except ReleaseError:
        thief = "signs nothing any more"
    seen = stage.station_sees()
    return [
        f"a thief with the centre's key assigns what nobody signed, of each kind: {refused}",
        (
            "release keys centre2 --no-passphrase; release holders online --add centre2.pub "
            "--remove centre"
        ),
        "release sign, root and targets by ana and ben; release publish --online-key centre2.key",
        f"the old key {thief}; a station with the first root: {seen}",
    ], (refused, thief, seen) == (
        "not listed by the role models",
        "signs nothing any more",
        "up to date",
    )


def _evil() -> tuple[Order, ...]:
    """Return what a thief would have stations run."""
    sha256 = hashlib.sha256(b"evil").hexdigest()
    archive = f"{SOFTWARE}/tremorkit-9.0.0-aarch64-cp313.tar"
    return (
        Assignment(rollout_id="evil", model=model_path("tremor_stream", 9), sha256=sha256),
        SoftwareAssignment(rollout_id="evil", version="9.0.0", archives={archive: sha256}),
        ConfigurationAssignment(
            rollout_id="evil", configuration=settings_path("evil", 9), sha256=sha256
        ),
    )


def _stolen_model_key(stage: Stage) -> tuple[list[str], bool]:
    stage.station_sees()
    stage.add()
    stage.sign("models", "eli")
    try:
        stage.publish()
        thief = "released alone"
    except ReleaseError as error:
        thief = error.reason
    stage.repository.drop_draft("models")
    new = stage.make("fay")
    draft_holders(stage.repository, "models", [new], ["eli"], None)
    stage.sign("targets", "ana", "ben")
    stage.sign("models", "dia", "fay")
    stage.publish()
    seen = stage.station_sees()
    return [
        f"a thief with eli's key wants to release a network: {thief}",
        "release holders models --add fay.pub --remove eli, as if it were lost",
        f"a station with the first root: {seen}",
    ], "more signature" in thief and seen == "up to date"


def _too_many_lost(stage: Stage) -> tuple[list[str], bool]:
    new = stage.make("fay")
    draft_holders(stage.repository, "root", [new], ["ben", "cho"], 1)
    stage.sign("root", "ana")
    try:
        stage.publish()
        came = "published"
    except ReleaseError as error:
        came = error.reason
    return [
        "ben's and cho's keys are gone: one of the two that are needed is left",
        f"release publish: {came}",
        (
            "there is no way back but a visit: release init makes a new repository, and every "
            "station gets its root.json. Until then stations take no updates, and detect on"
        ),
    ], "more signature" in came


_SCENES: Final[dict[str, Callable[[Stage], tuple[list[str], bool]]]] = {
    "a holder of root loses the key": _lost_root,
    "a release manager loses the key": _lost_models,
    "the centre's key is stolen": _stolen_online,
    "one of two release managers' keys is stolen": _stolen_model_key,
    "too many holders of root lose their keys": _too_many_lost,
}
