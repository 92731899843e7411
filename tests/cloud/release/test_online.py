"""The centre's own key: what it may do, what it may not, and what it does by itself."""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from cloud.errors import ReleaseError
from cloud.release import audit
from cloud.release.config import UpdatesConfig
from cloud.release.drafts import draft_again, draft_holders
from cloud.release.keys import make_key
from cloud.release.listing import assignment_of, assignments
from cloud.release.online import Online
from cloud.release.publishing import forget_published, publish
from cloud.release.renewer import Renewer
from cloud.release.repository import Repository
from cloud.release.signing import drafts
from edge.update.disk import Disk
from tests.updates import Person, Release

NOW = datetime.now(UTC)


def test_nothing_is_signed_before_its_time(release: Release) -> None:
    """A station's idle look stays one request: fresh files are left alone."""
    assert [] == release.online.renew()


@pytest.mark.parametrize(
    ("days", "signed"),
    [
        (1.5, ["timestamp"]),
        (3.5, ["rollout", "snapshot", "timestamp"]),
        (8, ["rollout", "snapshot", "timestamp"]),
    ],
)
def test_what_runs_out_is_signed_anew(release: Release, days: float, signed: list[str]) -> None:
    """The timestamp daily, the rest when half of its life is over."""
    assert signed == release.online.renew(NOW + timedelta(days=days))


def test_an_assignment_of_what_is_not_published(release: Release) -> None:
    """The tool refuses; a station would, too."""
    with pytest.raises(ReleaseError, match=r"published: models/loudness-2\.tremor"):
        assignment_of(release.repository, "all", "models/other-1.tremor")
    genuine = assignment_of(release.repository, "all", "models/loudness-2.tremor")
    with pytest.raises(ReleaseError, match="has sha256"):
        release.online.assign({"all": genuine.model_copy(update={"sha256": "0" * 64})})


def test_withdrawing_an_assignment(release: Release) -> None:
    """A ring without one has nothing to do."""
    release.online.assign({"all": None, "never": None})

    assert {} == assignments(release.repository)


def test_several_rings_in_one_step(release: Release) -> None:
    """Stations never see half of a change of waves."""
    canary = assignment_of(release.repository, "canary", "models/loudness-2.tremor", "r-9")

    release.online.assign({"canary": canary, "all": None})

    assert {"canary": canary} == assignments(release.repository)
    actions = [one["action"] for one in audit.entries(release.repository.folder)]
    assert ["assign", "assign"] == actions[-2:]


def test_a_key_that_was_replaced_signs_nothing(release: Release) -> None:
    """The thief's copy is worth nothing from the next publication on."""
    new = Person("new")
    draft_holders(release.repository, "online", [new.public], ["centre"], None)
    centre = release.centre
    release.centre = new
    release.publish()

    with pytest.raises(ReleaseError, match="the centre's key does not count"):
        Online(release.repository, centre.signer).renew(anew=True)
    assert [] == Online(release.repository, new.signer).renew()


def test_before_the_first_publication(tmp_path: Path) -> None:
    """There is nothing to sign by."""
    with pytest.raises(ReleaseError, match="no targets is published"):
        Online(Repository(tmp_path), Person("centre").signer).renew()


def test_a_publication_that_was_cut_short(
    release: Release, monkeypatch: pytest.MonkeyPatch
) -> None:
    """At any write: stations see what was there before, and publishing again completes it."""
    before = (release.repository.metadata / "timestamp.json").read_bytes()
    draft_again(release.repository)
    put, writes = Disk.put, 0

    def cut(self: Disk, path: Path, content: bytes) -> None:
        nonlocal writes
        if path.parent.name == "metadata":
            writes += 1
            if writes == 3:
                raise KeyboardInterrupt
        put(self, path, content)

    with monkeypatch.context() as patch:
        patch.setattr(Disk, "put", cut)
        with pytest.raises(KeyboardInterrupt):
            release.publish()
    seen = (release.repository.metadata / "timestamp.json").read_bytes()
    forget_published(release.repository)
    left = drafts(release.repository)
    publish(release.repository, release.centre.signer)

    assert before == seen
    assert ["models"] == left
    assert [] == release.online.renew()
    assert 3 == release.repository.version("models")


async def test_the_running_centre_keeps_it_fresh(release: Release, tmp_path: Path) -> None:
    """With its key it signs; one look after the other until it is stopped."""
    make_key(tmp_path / "c.key", tmp_path / "c.pub", "other", None)
    config = UpdatesConfig(online_key=tmp_path / "c.key", look_s=1.0)
    renewer = Renewer(release.repository, config)
    stop = asyncio.Event()
    looked = asyncio.Event()
    look = renewer.look
    loop = asyncio.get_running_loop()

    def noted() -> list[str]:
        loop.call_soon_threadsafe(looked.set)
        return look()

    renewer.look = noted  # type: ignore[method-assign]
    running = asyncio.create_task(renewer.run(stop))
    await asyncio.wait_for(looked.wait(), 30)
    stop.set()
    await asyncio.wait_for(running, 30)


@pytest.mark.parametrize(
    ("arrange", "signed"),
    [
        (lambda _: {}, []),
        (lambda folder: {"online_key": folder / "missing.key"}, []),
        (lambda folder: {"online_key": folder / "c.key", "passphrase_file": folder / "none"}, []),
    ],
    ids=["no key", "no file", "no passphrase"],
)
def test_a_centre_that_cannot_sign_goes_on(
    release: Release,
    tmp_path: Path,
    arrange: Callable[[Path], dict[str, object]],
    signed: list[str],
) -> None:
    """It logs why; events do not wait for a key."""
    config = UpdatesConfig.model_validate(arrange(tmp_path))

    assert signed == Renewer(release.repository, config).look()
