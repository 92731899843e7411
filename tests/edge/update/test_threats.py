"""Who could hurt a station by its updates, by name; each of them is kept out or does no harm.

Safe means: no network gets onto the station that holders have not signed for it, the one in charge
goes on, and the next honest look succeeds.
"""

import hashlib
import json
import shutil
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from tuf.api.metadata import Metadata

from cloud.errors import ReleaseError
from cloud.release.drafts import draft_holders
from cloud.release.roles import MODELS
from cloud.release.signing import sign
from edge.errors import UpdateError
from edge.update import child
from edge.update.client import TufClient
from edge.update.fetch import HttpFetcher, Limits
from edge.update.targets import Assignment
from edge.update.updater import UpdateRun
from tests.edge.update.conftest import Offered
from tests.edge.update.life import Life
from tests.updates import BASE, MemoryFetcher, Person, Release, bundle_of

DAY_NS = 86_400 * 10**9


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(child, "run_child", lambda *_: {})


@pytest.fixture
def life(offered: Offered, tmp_path: Path) -> Life:
    """Return a station that trusts the repository and has looked at nothing yet."""
    return Life(tmp_path / "station", offered.release)


def _is_kept_out(life: Life) -> bool:
    """Return whether nothing is on the station, or on its way."""
    life.store.prepare()
    return life.record.candidate is None and not list(life.store.places.iterdir())


def _model_file(offered: Offered) -> str:
    return f"targets/models/{offered.sha256}.loudness-2.tremor"


def test_tampered(life: Life, offered: Offered) -> None:
    """One bit of the network was turned on the way."""
    name = _model_file(offered)
    content = bytearray((offered.release.repository.folder / name).read_bytes())
    content[len(content) // 2] ^= 1
    life.fetcher.replaced[name] = bytes(content)

    with pytest.raises(UpdateError, match="hash"):
        life.look()

    assert _is_kept_out(life)
    life.fetcher.replaced.clear()
    life.whole()
    assert offered.sha256 == life.runs()


def test_oversize(life: Life, offered: Offered) -> None:
    """A server that never stops sending is cut off at the signed length."""
    name = _model_file(offered)
    genuine = (offered.release.repository.folder / name).read_bytes()
    life.fetcher.replaced[name] = genuine + bytes(50_000_000)

    with pytest.raises(UpdateError, match="maximum allowed length"):
        life.look()

    assert _is_kept_out(life)


def test_larger_than_the_station_takes(offered: Offered, tmp_path: Path) -> None:
    """Signed or not: a station on a thin line has its own bound, and not one byte is fetched."""
    life = Life(tmp_path / "small", offered.release, most_bytes=1000)

    report = life.look()

    assert "refuse" == report.act
    assert "at most 1000 are taken" in report.reason
    assert not [name for name in life.fetcher.asked if name.startswith("targets/models")]
    assert report.reason == life.record.problem


def test_older(life: Life, offered: Offered) -> None:
    """Yesterday's files, genuinely signed, are played to a station that saw today's."""
    folder = offered.release.repository.folder
    yesterday = (folder / "metadata/timestamp.json").read_bytes()
    offered.release.online.renew(anew=True)
    life.look()
    life.fetcher.replaced["metadata/timestamp.json"] = yesterday

    with pytest.raises(UpdateError, match="must be >="):
        life.look()

    assert life.record.candidate is not None


def test_an_older_version_of_a_network(life: Life, offered: Offered, tmp_path: Path) -> None:
    """Genuinely signed, still listed, assigned by the centre: a station goes up only."""
    release = offered.release
    life.whole()
    newer = bundle_of(tmp_path / "newer", 3)
    release.offer(newer)
    life.whole()
    release.assign(offered.good)

    report = life.look()

    assert ("refuse", 3) == (report.act, life.record.highest["loudness"])
    assert "is not newer than 3" in report.reason
    release.assign(offered.good, returning=True, rollout_id="back")
    life.whole()
    assert offered.sha256 == life.runs()


def test_below_the_floor(life: Life, offered: Offered, tmp_path: Path) -> None:
    """What holders have ruled out does not come back, not even as a return."""
    release = offered.release
    life.whole()
    newer = bundle_of(tmp_path / "newer", 3)
    release.add(newer, floor=3)
    release.assign(newer)
    life.whole()
    release.assign(offered.good, returning=True)

    report = life.look()

    assert "below the floor 3" in report.reason
    assert life.runs() != offered.sha256


def test_frozen(life: Life, tmp_path: Path) -> None:
    """Somebody keeps what is new from a station: after a week it knows, and says so."""
    frozen = Release(tmp_path / "frozen", datetime.now(UTC) - timedelta(days=9))
    station = Life(tmp_path / "other", frozen)

    with pytest.raises(UpdateError, match="expired"):
        station.look()

    assert "expired" in (station.record.problem or "")
    assert _is_kept_out(station)


def test_a_clock_that_was_set_ahead_locks_nothing_for_good(tmp_path: Path) -> None:
    """Whoever lies about the time moves it by a week at most: by then all that is signed ran out.

    To a clock that is nine days ahead everything is as if it were nine days old.
    """
    old = Release(tmp_path / "old", datetime.now(UTC) - timedelta(days=9))
    station = Life(tmp_path / "station", old)

    with pytest.raises(UpdateError, match="expired"):
        station.look()

    assert 0 == station.record.newest_time


def test_what_was_settled_runs_out_too(life: Life) -> None:
    """The answer that nothing changed is believed no longer than what was signed then holds."""
    life.whole()
    life.look()
    before = len(life.fetcher.asked)
    settled, root = life.record.settled, (life.config.update.root or Path()).read_bytes()
    client = TufClient(BASE, life.fetcher, life.store.metadata, root, life.store.staging)

    assert not client.is_unchanged(settled, time.time_ns() + 8 * DAY_NS)
    assert before == len(life.fetcher.asked)
    assert client.is_unchanged(settled, time.time_ns())


def test_stolen_online_keys(life: Life, offered: Offered, tmp_path: Path) -> None:
    """A thief of the centre assigns a network of their own: it is not listed by role models."""
    release = offered.release
    evil = bundle_of(tmp_path / "evil", 9)
    life.look()
    life.shadow()
    life.start()
    _assign_by_force(offered, evil)

    report = life.look()

    assert "refuse" == report.act
    assert "not listed by the role models" in report.reason
    assert offered.sha256 == life.runs()
    draft_holders(release.repository, "online", [Person("new").public], ["centre"], None)


def _assign_by_force(offered: Offered, evil: Path) -> None:
    """Assign without asking the repository's own tools, which would refuse."""
    repository = offered.release.repository
    models = repository.published(MODELS)
    assert models is not None
    fake = models.signed.targets["models/loudness-2.tremor"]
    models.signed.targets["models/loudness-9.tremor"] = fake
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(type(repository), "published", lambda self, role: _either(self, role, models))
        fake.hashes = {"sha256": _sha256(evil)}
        offered.release.assign(evil)


def _either(repository: object, role: str, models: Metadata) -> object:
    if role == MODELS:
        return models
    version = repository.version(role)  # type: ignore[attr-defined]
    folder = repository.metadata  # type: ignore[attr-defined]
    name = "timestamp.json" if role == "timestamp" else f"{version}.{role}.json"
    return Metadata.from_bytes((folder / name).read_bytes())


def _sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def test_one_of_two_model_keys_stolen(life: Life, offered: Offered, tmp_path: Path) -> None:
    """And the centre's key, too: one signature of two is none, for the tools and for a station."""
    release = offered.release
    evil = bundle_of(tmp_path / "evil", 9)
    with pytest.raises(ReleaseError, match="1 more signature"):
        _add_by_one(offered, evil)
    draft = release.repository.draft(MODELS)
    assert draft is not None

    release.repository.publish(MODELS, draft)
    release.repository.drop_draft(MODELS)
    release.assign(evil)

    with pytest.raises(UpdateError, match=r"1/2 keys"):
        life.look()
    assert _is_kept_out(life)


def _add_by_one(offered: Offered, evil: Path) -> None:
    release = offered.release
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(release, "publish", lambda: None)
        release.add(evil)
    release.publish(None, "eli")


def test_forged_root(life: Life, offered: Offered) -> None:
    """A next root signed by a stranger."""
    folder = offered.release.repository.metadata
    root = Metadata.from_bytes((folder / "1.root.json").read_bytes())
    root.signed.version = 2
    stranger = Person("stranger")
    root.signed.add_key(stranger.public.key, "root")
    root.sign(stranger.signer)
    life.fetcher.replaced["metadata/2.root.json"] = root.to_bytes()

    with pytest.raises(UpdateError, match="0/2 keys"):
        life.look()

    assert _is_kept_out(life)


def test_a_repository_of_somebody_else(life: Life, offered: Offered, tmp_path: Path) -> None:
    """All of it well signed, by keys that this station never heard of."""
    other = Release(tmp_path / "other")
    other.offer(offered.good)
    life.fetcher.folder = other.repository.folder

    with pytest.raises(UpdateError, match="0/1 keys"):
        life.look()

    assert _is_kept_out(life)


@pytest.mark.parametrize("how", ["emptied", "garbled", "gone", "link gone"])
def test_lost_cache(life: Life, offered: Offered, tmp_path: Path, how: str) -> None:
    """What the client keeps is lost: it starts from the trusted root, and the record remembers."""
    life.whole()
    release = offered.release
    release.offer(bundle_of(tmp_path / "newer", 3))
    life.whole()
    folder = life.store.metadata
    match how:
        case "gone":
            shutil.rmtree(folder)
        case "link gone":
            (folder / "root.json").unlink()
        case _:
            for path in folder.glob("*.json"):
                path.write_bytes(b"" if how == "emptied" else b'{"signed": 7}')
    release.assign(offered.good)

    report = life.look()

    assert "is not newer than 3" in report.reason


@pytest.mark.parametrize(
    ("offset_ns", "is_kept", "reason"),
    [
        (-26 * 365 * DAY_NS, True, "before this software was made"),
        (-30 * DAY_NS, True, "and was"),
        (0, False, "nobody keeps the host's clock"),
    ],
    ids=["in the year 2000", "set back a month", "nobody keeps it"],
)
def test_wrong_clock(
    offered: Offered, tmp_path: Path, offset_ns: int, *, is_kept: bool, reason: str
) -> None:
    """By a clock in the past everything that ran out still holds: nothing is even asked."""
    life = Life(tmp_path / "station", offered.release, clock="kept")
    UpdateRun(life.config, BASE, life.fetcher, is_kept=lambda: True).run()
    fetcher = MemoryFetcher(offered.release.repository.folder)
    now_ns = time.time_ns() + offset_ns
    run = UpdateRun(life.config, BASE, fetcher, now_ns=lambda: now_ns, is_kept=lambda: is_kept)

    with pytest.raises(UpdateError, match=reason):
        run.run()

    assert [] == fetcher.asked


@contextmanager
def _server(answer: bytes, *, drip_s: float | None = None, cut: bool = False) -> Iterator[str]:
    """Answer every request in one bad way, on loopback; yield the address."""
    stop = threading.Event()
    listener = socket.create_server(("127.0.0.1", 0))
    listener.settimeout(0.1)

    def serve() -> None:
        while not stop.is_set():
            try:
                connection, _ = listener.accept()
            except TimeoutError:
                continue
            with connection:
                connection.recv(4096)
                head = f"HTTP/1.1 200 OK\r\nContent-Length: {len(answer)}\r\n\r\n".encode()
                connection.sendall(head)
                if cut:
                    connection.sendall(answer[: len(answer) // 2])
                    continue
                for byte in answer:
                    if stop.wait(drip_s):
                        return
                    try:
                        connection.sendall(bytes([byte]))
                    except OSError:
                        break

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}/"
    finally:
        stop.set()
        thread.join()
        listener.close()


def test_slow_drip(life: Life) -> None:
    """One byte in a while never ends, and never is silent for long: the whole look has a limit."""
    with _server(b"x" * 5000, drip_s=0.05) as url:
        fetcher = HttpFetcher(Limits(1.0))
        run = UpdateRun(life.config, url, fetcher)

        with pytest.raises(UpdateError, match="not done within 1 s"):
            run.run()
        fetcher.close()

    assert _is_kept_out(life)


def test_cut_connection(life: Life) -> None:
    """In the middle of a file: one kind of error, as for everything else on the line."""
    with _server(b"x" * 5000, cut=True) as url:
        fetcher = HttpFetcher(Limits(20.0))
        run = UpdateRun(life.config, url, fetcher)

        with pytest.raises(UpdateError, match="repository"):
            run.run()
        fetcher.close()

    assert _is_kept_out(life)
    assert 1 == life.record.failures


def test_nobody_there(life: Life) -> None:
    """A refused connection is counted, and the station looks less often."""
    for _ in range(2):
        with pytest.raises(UpdateError, match="refused"):
            UpdateRun(life.config, "http://127.0.0.1:9/updates").run()

    assert 2 == life.record.failures


def test_a_name_that_leaves_the_folder(offered: Offered) -> None:
    """A path in metadata cannot name files of the station or of the server."""
    for path in ("models/../../etc/passwd", "models/a/b-1.tremor", "../x-1.tremor", "/x-1.tremor"):
        with pytest.raises(ValueError, match="pattern"):
            Assignment(rollout_id="r", model=path, sha256=offered.sha256)


def test_an_assignment_that_makes_no_sense(life: Life, offered: Offered) -> None:
    """Signed by the centre and broken all the same: told, and nothing else."""
    release = offered.release
    genuine = release.assign(offered.good)
    broken = json.dumps(genuine.model_dump(mode="json") | {"wave": -1}).encode()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(type(genuine), "model_dump_json", lambda *_, **__: broken.decode())
        release.online.assign({"all": genuine})

    with pytest.raises(UpdateError, match="wave"):
        life.look()

    assert _is_kept_out(life)


def test_a_lapsed_root_is_mended_by_the_next(
    life: Life, offered: Offered, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Holders forgot the year: the next root is enough, nobody drives to the stations."""
    release = offered.release
    year_ago = datetime.now(UTC) - timedelta(days=500)
    draft_holders(release.repository, "root", [], [], None)
    draft = release.repository.draft("root")
    assert draft is not None
    draft.signed.expires = year_ago.replace(microsecond=0)
    release.repository.keep_draft("root", draft)
    release.publish()
    with pytest.raises(UpdateError, match="expired"):
        life.look()

    draft_holders(release.repository, "root", [], [], None)
    for name in ("ana", "ben"):
        sign(release.repository, "root", release.people[name].signer)
    release.publish()

    life.whole()
    assert offered.sha256 == life.runs()
