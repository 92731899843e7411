"""Who could hurt a station by its own software, by name; each is kept out or does no harm.

Safe means: nothing runs that holders have not signed for this computer, what is in charge goes on,
and the next honest look succeeds.
"""

import copy
import hashlib
import io
import stat
import zipfile
from pathlib import Path

import pytest

from cloud.release import signing
from cloud.release.drafts import draft_target
from cloud.release.repository import Repository
from cloud.release.roles import MODELS
from edge.errors import UpdateError
from edge.software.archive import here
from edge.update.record import End, Phase
from edge.update.store import UpdateStore
from edge.update.targets import Kind, Return
from tests.edge.software.builder import (
    NEXT,
    add,
    archive,
    assign,
    offer,
    packed,
    small_release,
    wheel,
)
from tests.edge.software.life import INSTALLED, SoftwareLife
from tests.updates import Release

CODE = wheel({"edge/__init__.py": b'__version__ = "99.1.0"\n'})
NAME = f"tremorkit-{NEXT}-py3-none-any.whl"


@pytest.fixture
def life(release: Release, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> SoftwareLife:
    """Return a station that takes software."""
    return SoftwareLife(tmp_path / "station", release, monkeypatch)


@pytest.fixture
def careless(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let holders sign what says of itself another thing than they sign."""
    monkeypatch.setattr(signing, "_files", lambda *_: None)


def _refused(life: SoftwareLife) -> str:
    """Let a station look; return why it takes nothing."""
    report = life.look()
    part = report.parts[Kind.SOFTWARE]
    assert ("refuse", None) == (part.act, life.record.candidate), part.reason
    assert INSTALLED == life.start()
    return part.reason


def _rejected(life: SoftwareLife) -> str:
    """Let a station look and live; return why it rejects what it fetched."""
    assert INSTALLED == life.whole()
    last = life.record.last
    assert last is not None
    assert End.REJECTED is last.end
    assert life.record.is_quarantined(last.sha256)
    assert [] == list(life.store.places.iterdir())
    return last.reason


def test_tampered_on_the_way(life: SoftwareLife, release: Release) -> None:
    """One bit was turned: nothing of it stays, the next honest look succeeds."""
    content = bytearray(small_release())
    sha256 = offer(release, bytes(content))
    content[len(content) // 2] ^= 1
    file = next((release.repository.folder / "targets/software").iterdir())
    life.fetcher.replaced[f"targets/software/{file.name}"] = bytes(content)

    with pytest.raises(UpdateError, match="hash"):
        life.look()

    assert life.record.candidate is None
    assert [] == list(life.store.staging.iterdir())
    life.fetcher.replaced.clear()
    assert sha256 == life.whole()


def test_not_signed_by_holders(life: SoftwareLife, release: Release) -> None:
    """Whoever has the centre's key alone can assign, and nobody installs it."""
    path, _ = add(release, small_release())
    listed = release.repository.published(MODELS)
    assert listed is not None
    genuine = listed.signed.targets.pop(path)
    forged = copy.deepcopy(genuine)
    forged.hashes["sha256"] = "b" * 64
    listed.signed.targets[path] = forged
    with pytest.MonkeyPatch.context() as patch:
        # The repository's own tools would refuse.
        published = Repository.published
        patch.setattr(
            Repository,
            "published",
            lambda kept, role: listed if role == MODELS else published(kept, role),
        )
        assign(release, {path: "b" * 64})

    assert "assigned with sha256" in _refused(life)


def test_older_than_what_was_here(life: SoftwareLife, release: Release) -> None:
    """The centre's thief brings back a version with a known fault: not taken, also not unmarked."""
    offer(release, small_release())
    life.whole()
    old = offer(release, small_release("98.0.0"), "98.0.0")

    report = life.look()

    assert "refuse" == report.parts[Kind.SOFTWARE].act
    assert life.record.candidate is None
    assert old != life.start()


def test_older_than_what_is_installed(life: SoftwareLife, release: Release) -> None:
    """What came with the station counts as what it had."""
    offer(release, small_release("0.0.1"), "0.0.1")

    assert "not newer" in _refused(life)


def test_marked_as_returning_to_what_never_was_here(life: SoftwareLife, release: Release) -> None:
    """The mark leads to what this very station had, and to nothing else."""
    offer(release, small_release("0.0.1"), "0.0.1", returning=True)

    assert "not newer" in _refused(life)


def test_below_the_floor(life: SoftwareLife, release: Release) -> None:
    """Once holders have said that nothing below may run, no way leads back."""
    offer(release, small_release("99.0.0"), "99.0.0")
    first = life.start() if life.look() else ""
    path, sha256 = add(release, small_release(), min_version_floor=NEXT)
    assign(release, {path: sha256})
    assert sha256 == life.whole()

    release.online.assign({"all": Return(rollout_id="back", leaving=(sha256,))}, Kind.SOFTWARE)

    assert "floor" in life.look().parts[Kind.SOFTWARE].reason
    assert first != life.start()


def test_for_another_processor(life: SoftwareLife, release: Release) -> None:
    """An archive for another board is not even fetched."""
    content = archive(NEXT, {NAME: CODE}, {"platform": "riscv64"})
    offer(release, content)

    assert "riscv64" in _refused(life)


def test_for_another_python(life: SoftwareLife, release: Release) -> None:
    """The board's Python is older than what was built."""
    content = archive(NEXT, {NAME: CODE}, {"python": "3.99"})
    offer(release, content)

    assert f"Python {here()[1]}" in _refused(life)


def test_the_one_of_several_that_fits(life: SoftwareLife, release: Release) -> None:
    """A fleet of two kinds of boards has one assignment."""
    other = add(release, archive(NEXT, {NAME: CODE}, {"platform": "riscv64"}))
    path, sha256 = add(release, small_release())
    assign(release, dict([other, (path, sha256)]))

    assert sha256 == life.whole()


def test_too_large(release: Release, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A station file may say how much is fetched at most."""
    life = SoftwareLife(tmp_path / "station", release, monkeypatch, software_most_bytes=1000)
    offer(release, small_release())

    assert "at most 1000" in _refused(life)


def test_no_room(release: Release, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A disk that is too full is told, and nothing is begun; there is no verdict on the release."""
    life = SoftwareLife(tmp_path / "station", release, monkeypatch, software_free_bytes=10**15)
    sha256 = offer(release, small_release())

    report = life.look()

    assert ("wait", None) == (report.parts[Kind.SOFTWARE].act, life.record.candidate)
    assert "make room" in str(life.record.problem)
    assert not life.record.is_quarantined(sha256)


@pytest.mark.usefixtures("careless")
@pytest.mark.parametrize(
    ("said", "reason"),
    [
        ({"kit": "99.0.0"}, "its manifest says 99.0.0"),
        ({"wheels": []}, "manifest.json: wheels"),
        (
            {"wheels": [{"file": "../x.whl", "name": "x", "size_bytes": 1, "sha256": "a" * 64}]},
            "file",
        ),
        (
            {"wheels": [{"file": "x.whl", "name": "x", "size_bytes": 1, "sha256": "a" * 64}]},
            "is not in its manifest",
        ),
    ],
    ids=["version", "no wheels", "out of the folder", "another wheel"],
)
def test_an_archive_that_lies(
    life: SoftwareLife, release: Release, said: dict[str, object], reason: str
) -> None:
    """Signed by mistake, and not what its manifest says: nothing of it is unpacked."""
    offer(release, archive(NEXT, {NAME: CODE}, said))

    assert reason in _rejected(life)


@pytest.mark.usefixtures("careless")
def test_a_wheel_that_was_swapped(life: SoftwareLife, release: Release) -> None:
    """Every wheel is compared with the manifest."""
    good = archive(NEXT, {NAME: CODE})
    swapped = good.replace(CODE, CODE[:-1] + b"\x01")
    assert good != swapped
    offer(release, swapped)

    assert "is not what its manifest says" in _rejected(life)


def _zip_of(name: str, mode: int = 0) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as content:
        info = zipfile.ZipInfo(name)
        info.external_attr = mode << 16
        content.writestr(info, "/etc/passwd")
    return buffer.getvalue()


@pytest.mark.parametrize(
    "evil",
    [
        _zip_of("../../../record.json"),
        _zip_of("/etc/cron.d/evil"),
        _zip_of("edge-1.data/data/../../../x"),
        _zip_of("edge/link", stat.S_IFLNK | 0o777),
        _zip_of("edge\\..\\x"),
        _zip_of("edge-1.data/data/bin/python"),
        _zip_of("."),
    ],
    ids=["above", "absolute", "above by data", "link", "backslash", "interpreter", "no name"],
)
def test_a_wheel_that_writes_elsewhere(life: SoftwareLife, release: Release, evil: bytes) -> None:
    """Nothing of a release lies outside of its folder."""
    offer(release, archive(NEXT, {NAME: evil}))

    assert "outside of the release" in _rejected(life)


def test_no_wheel_at_all(life: SoftwareLife, release: Release) -> None:
    """A file that only has the name of one."""
    offer(release, archive(NEXT, {NAME: b"no zip"}))

    assert "is no wheel" in _rejected(life)


@pytest.mark.usefixtures("careless")
@pytest.mark.parametrize(
    "content", [b"", b"no archive", packed({"manifest.json": b"{"})], ids=["empty", "none", "half"]
)
def test_no_archive_at_all(
    life: SoftwareLife, release: Release, monkeypatch: pytest.MonkeyPatch, content: bytes
) -> None:
    """Whatever was signed in its place."""
    good = small_release()
    path, _ = add(release, good)
    sha256 = hashlib.sha256(content).hexdigest()
    monkeypatch.setattr("tests.edge.software.builder.draft_target", _another(content))
    path, sha256 = add(release, good, "99.2.0")
    assign(release, {path: hashlib.sha256(content).hexdigest()}, "99.2.0")

    reason = _rejected(life)

    assert sha256
    assert reason


def _another(content: bytes) -> object:
    return lambda repository, path, _, facts: draft_target(repository, path, content, facts)


def test_what_a_wheel_brings_is_not_run(life: SoftwareLife, release: Release) -> None:
    """Unpacking is all: no script of it and no path file runs before the rehearsal."""
    mark = life.file.with_name("mark")
    evil = f"import pathlib; pathlib.Path({str(mark)!r}).touch()"
    content = wheel(
        {
            "evil.pth": f"import sys; exec({evil!r})\n".encode(),
            "setup.py": evil.encode(),
            f"tremorkit-{NEXT}.data/scripts/edge-agent": b"#!python\n",
            f"tremorkit-{NEXT}.data/purelib/more.py": b"MORE = 1\n",
        }
    )
    sha256 = offer(release, archive(NEXT, {NAME: content}))

    life.look()

    candidate = life.record.candidate
    assert candidate is not None
    assert Phase.PREFLIGHT is candidate.phase
    assert not mark.exists()
    place = life.store.place(sha256)
    python = f"python{here()[1]}"
    assert (place / "lib" / python / "site-packages/more.py").is_file()
    assert ["edge-agent", "python"] == sorted(path.name for path in (place / "bin").iterdir())


def test_withdrawn_before_it_is_in_charge(life: SoftwareLife, release: Release) -> None:
    """A rollout that was stopped takes its candidate along, without a verdict on it."""
    sha256 = offer(release, small_release())
    life.look()
    release.online.assign({"all": None}, Kind.SOFTWARE)

    assert INSTALLED == life.whole()

    last = life.record.last
    assert last is not None
    assert End.SUPERSEDED is last.end
    assert not life.record.is_quarantined(sha256)


def test_left_for_the_release_before(life: SoftwareLife, release: Release) -> None:
    """The way back needs no byte: the release before lies here, and is not rehearsed again."""
    before = offer(release, small_release("99.0.0"), "99.0.0")
    life.whole()
    sha256 = offer(release, small_release())
    assert sha256 == life.whole()
    received = life.fetcher.asked.copy()
    release.online.assign({"all": Return(rollout_id="back", leaving=(sha256,))}, Kind.SOFTWARE)

    assert before == life.whole()

    assert not [name for name in life.fetcher.asked[len(received) :] if "software/" in name]
    assert life.record.committed is not None
    assert before == life.record.committed.sha256


def test_left_for_what_was_installed(life: SoftwareLife, release: Release) -> None:
    """The first release that ever came goes, and what came with the station runs again."""
    sha256 = offer(release, small_release())
    assert sha256 == life.whole()
    release.online.assign({"all": Return(rollout_id="back", leaving=(sha256,))}, Kind.SOFTWARE)

    assert INSTALLED == life.whole()

    last = life.record.last
    assert last is not None
    assert (End.ROLLED_BACK, None) == (last.end, life.record.committed)


def test_a_stuck_kind_holds_up_no_other(life: SoftwareLife, release: Release) -> None:
    """Software that cannot be fetched fails, and the network is looked at all the same."""
    content = small_release()
    offer(release, content)
    file = next((release.repository.folder / "targets/software").iterdir())
    life.fetcher.replaced[f"targets/software/{file.name}"] = content[:10]

    with pytest.raises(UpdateError, match="ended after"):
        life.look()

    network = UpdateStore(life.config.state_dir).read()
    assert (None, 0) == (network.problem, network.failures)
    assert 1 == life.record.failures
