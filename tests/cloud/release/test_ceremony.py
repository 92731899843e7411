"""The key ceremony as people type it: one person, three with a stick, and what goes wrong."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from cloud.cli import app
from cloud.errors import ReleaseError
from cloud.release import audit
from cloud.release.repository import Repository
from edge.update.updater import UpdateRun
from tests.cloud.release.houses import wheelhouse
from tests.edge.window_bundles import write_window_bundle
from tests.updates import station_config

RUN = CliRunner()


class Desk:
    """A folder with keys and a repository, and who types."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.repository = folder / "updates"
        (folder / "word").write_text("correct horse\n")

    def type(self, *words: str, ok: bool = True, answers: str | None = None) -> Result:
        """Type `cloud-aggregator release ...`."""
        said = RUN.invoke(app, ["release", *words], input=answers)
        if ok and said.exit_code:
            raise said.exception or AssertionError(said.output)
        return said

    def keys(self, *names: str) -> None:
        """Make holders' keys, and the centre's."""
        for name in names:
            self.type("keys", name, "-o", str(self.folder), "--passphrase-file", self.word)
        self.type("keys", "centre", "-o", str(self.folder), "--no-passphrase")

    @property
    def word(self) -> str:
        """File of the passphrase."""
        return str(self.folder / "word")

    def file(self, name: str) -> str:
        """Return a file's path."""
        return str(self.folder / name)

    def init(self, root: list[str], models: list[str], threshold: int) -> None:
        """Begin the repository."""
        holders = [word for name in root for word in ("--root", self.file(f"{name}.pub"))]
        managers = [word for name in models for word in ("--models", self.file(f"{name}.pub"))]
        need = str(threshold)
        self.type(
            *("init", *holders, *managers, "--online", self.file("centre.pub"), "-r", self.at),
            *("--root-threshold", need, "--models-threshold", need),
        )

    @property
    def at(self) -> str:
        """The repository's folder."""
        return str(self.repository)

    def sign(self, name: str, where: str | None = None) -> str:
        """Let a holder sign all that waits."""
        words = ("--key", self.file(f"{name}.key"), "--passphrase-file", self.word, "--yes")
        return self.type("sign", *words, "-r", where or self.at).output

    def publish(self, *words: str, ok: bool = True) -> Result:
        """Publish."""
        return self.type(
            "publish", "--online-key", self.file("centre.key"), "-r", self.at, *words, ok=ok
        )


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    """Return an empty desk."""
    return Desk(tmp_path)


def test_one_person(desk: Desk, tmp_path: Path) -> None:
    """Two keys, one of them in a drawer; a station takes the network from a stick."""
    desk.keys("ana", "drawer")
    desk.init(["ana", "drawer"], ["ana", "drawer"], 1)
    desk.sign("ana")
    desk.publish()
    bundle = write_window_bundle(tmp_path)
    desk.type("add", str(bundle), "-r", desk.at)
    shown = desk.sign("ana")
    desk.publish()
    desk.type(
        *("assign", "all", "models/loudness-1.tremor", "-r", desk.at),
        *("--online-key", desk.file("centre.key")),
    )
    desk.type("export", desk.file("stick"), "-r", desk.at)
    root = (desk.repository / "metadata/1.root.json").read_bytes()
    report = UpdateRun(station_config(tmp_path, root), tmp_path / "stick").look_only()

    assert "+ models/loudness-1.tremor" in shown
    assert "the file here is what is to be signed" in shown
    assert ("take", "assigned") == (report.act, report.reason)
    assert "network" not in json.dumps(audit.entries(desk.repository))


def test_three_people_and_a_stick(desk: Desk, tmp_path: Path) -> None:
    """Holders never meet: the request goes round, and comes back with two signatures of three."""
    desk.keys("ana", "ben", "cho")
    desk.init(["ana", "ben", "cho"], ["ana", "ben", "cho"], 2)
    first = desk.file("first")
    desk.type("request", first, "-r", desk.at)
    desk.sign("ana", first)
    with pytest.raises(ReleaseError, match="1 more signature"):
        desk.publish("--with", first)
    desk.sign("cho", first)
    desk.publish("--with", first)
    desk.type("add", str(write_window_bundle(tmp_path)), "-r", desk.at)
    second = desk.file("second")
    desk.type("request", second, "-r", desk.at)
    shown = desk.sign("ben", second)
    desk.sign("ana", second)
    desk.publish("--with", second)

    log = audit.entries(desk.repository)
    holders = [one["carried"]["holder"] for one in log if one["action"] == "signature taken"]
    assert "the file here is what is to be signed" in shown
    assert {"ana", "ben", "cho"} == set(holders)
    assert 2 == Repository(desk.repository).version("models")
    listed = json.loads(desk.type("list", "-r", desk.at, "--json").output)
    assert ["models/loudness-1.tremor"] == list(listed["files"])


def test_a_request_that_is_out_of_date(desk: Desk, tmp_path: Path) -> None:
    """Signatures of another draft are not taken for this one."""
    desk.keys("ana", "ben")
    desk.init(["ana", "ben"], ["ana", "ben"], 1)
    desk.sign("ana")
    desk.publish()
    desk.type("add", str(write_window_bundle(tmp_path)), "-r", desk.at)
    desk.type("request", desk.file("r"), "-r", desk.at)
    desk.sign("ana", desk.file("r"))
    newer = write_window_bundle(tmp_path, version=2)
    desk.type("add", str(newer), "-r", desk.at)

    with pytest.raises(ReleaseError, match="was changed since the request"):
        desk.publish("--with", desk.file("r"))


def test_a_wrong_passphrase_signs_nothing(desk: Desk) -> None:
    """And says what may be wrong."""
    desk.keys("ana")
    desk.init(["ana"], ["ana"], 1)
    (desk.folder / "other").write_text("incorrect horse\n")

    with pytest.raises(ReleaseError, match="passphrase is wrong"):
        desk.type(
            *("sign", "--key", desk.file("ana.key"), "--yes", "-r", desk.at),
            *("--passphrase-file", desk.file("other")),
        )


def test_nobody_signs_by_mistake(desk: Desk) -> None:
    """Without `--yes` it asks after it showed what; no is no, and `--dry-run` does not even ask."""
    desk.keys("ana")
    desk.init(["ana"], ["ana"], 1)
    words = ("sign", "--key", desk.file("ana.key"), "-r", desk.at)

    refused = desk.type(*words, ok=False, answers="n\n")
    shown = desk.type(*words, "--dry-run")

    assert 1 == refused.exit_code
    assert "root is signed by 1 of: ana" in refused.output
    assert "Sign this?" not in shown.output
    assert {} == Repository(desk.repository).newest("root").signatures


def test_dry_runs_change_nothing(desk: Desk, tmp_path: Path) -> None:
    """Each command that writes can say first what it would do."""
    desk.keys("ana")
    bundle = str(write_window_bundle(tmp_path))
    pub = desk.file("ana.pub")
    thresholds = ("--root-threshold", "1", "--models-threshold", "1")
    begin = ("init", "--root", pub, "--models", pub, "--online", desk.file("centre.pub"))
    desk.type(*begin, *thresholds, "-r", desk.at, "--dry-run")
    assert not desk.repository.exists()
    desk.init(["ana"], ["ana"], 1)
    desk.sign("ana")
    desk.publish()
    before = {path: path.read_bytes() for path in desk.repository.rglob("*") if path.is_file()}

    for words in (
        ("add", bundle),
        ("withdraw", "models/loudness-1.tremor"),
        ("holders", "models", "--remove", "ana"),
        ("renew",),
        ("export", desk.file("stick")),
        ("publish", "--online-key", desk.file("centre.key")),
        ("assign", "all", "--online-key", desk.file("centre.key")),
    ):
        desk.type(*words, "-r", desk.at, "--dry-run")

    after = {path: path.read_bytes() for path in desk.repository.rglob("*") if path.is_file()}
    assert before == after
    assert not (desk.folder / "stick").exists()


def test_a_key_is_never_written_over(desk: Desk) -> None:
    """The second time the same name is refused; a short passphrase, too."""
    desk.keys("ana")
    with pytest.raises(ReleaseError, match="never written over"):
        desk.keys("ana")
    (desk.folder / "word").write_text("short\n")
    with pytest.raises(ReleaseError, match="shorter than 8"):
        desk.keys("ben")
    assert 0o600 == (desk.folder / "ana.key").stat().st_mode & 0o777
    assert b"ENCRYPTED" in (desk.folder / "ana.key").read_bytes()


def test_software_is_a_second_kind_of_file(desk: Desk, tmp_path: Path) -> None:
    """A folder of wheels is one archive, the same every time, and is signed like a network."""
    house = wheelhouse(tmp_path / "wheelhouse", "0.9.0")
    desk.keys("ana")
    desk.init(["ana"], ["ana"], 1)
    desk.sign("ana")
    desk.publish()

    desk.type("add", str(house), "-r", desk.at)
    desk.type("add", str(house), "-r", desk.at)
    shown = desk.sign("ana")
    desk.publish()

    name = "software/tremorkit-0.9.0-aarch64-cp313.tar"
    assert f"+ {name}" in shown
    listed = json.loads(desk.type("list", "-r", desk.at, "--json").output)
    assert "software" == listed["files"][name]["kind"]
    with pytest.raises(ReleaseError, match="no folder that `edge-agent wheelhouse` made"):
        desk.type("add", str(tmp_path), "-r", desk.at)


@pytest.mark.parametrize("words", [["list"], ["doctor"], ["add", "a.tremor"], ["renew"]])
def test_repository_that_is_elsewhere_is_told(desk: Desk, tmp_path: Path, words: list[str]) -> None:
    """A person who stands in another folder gets no empty list."""
    with pytest.raises(ReleaseError, match=r"none: is no folder; --repository .*release init"):
        desk.type(*words, "-r", str(tmp_path / "none"))
