"""Networks, agent software and settings: added, shown, signed, assigned, each in its way."""

import asyncio
import hashlib
import json
import tarfile
from pathlib import Path

import pytest
from typer.testing import CliRunner

from cloud.cli import app
from cloud.errors import ReleaseError
from cloud.release.adding import Said, add, read_what
from cloud.release.changes import changes, predecessor
from cloud.release.contents import FORMS, check_file
from cloud.release.drafts import draft_holders, draft_target
from cloud.release.keys import load_signer, make_key
from cloud.release.listing import assignment_of, assignments, leaving_of, listing, published_files
from cloud.release.repository import Repository
from cloud.release.request import export, make_request
from cloud.release.signing import shown, sign
from edge.update.client import TufClient
from edge.update.fetch import FolderFetcher, HttpFetcher, Limits
from edge.update.targets import (
    ConfigurationFacts,
    Kind,
    Return,
    SoftwareAssignment,
    SoftwareFacts,
    kind_of,
)
from tests.cloud.release.houses import wheelhouse
from tests.edge.update.field import served
from tests.updates import Person, Release, bundle_of

RUN = CliRunner()
QUIET = "[detection.sta_lta]\non_ratio = 4.5\n\n[detection.trigger]\nsustain_s = 2.0\n"


def settings(folder: Path, text: str = QUIET, name: str = "quiet-1.toml") -> Path:
    """Write a file of settings."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / name
    path.write_text(text)
    return path


def words(release: Release) -> str:
    """Return what somebody is shown who is about to sign."""
    return "\n".join(shown(release.repository, "models"))


@pytest.fixture
def three(release: Release, tmp_path: Path) -> Release:
    """Return a repository with a network, software 1.1.0 for two platforms, and settings."""
    for platform in ("aarch64", "x86_64"):
        house = wheelhouse(tmp_path / platform, "1.1.0", platform=platform)
        add(release.repository, read_what(house, Said()))
    add(release.repository, read_what(settings(tmp_path), Said()))
    release.publish()
    return release


def test_all_kinds_are_signed_in_one_ceremony(three: Release) -> None:
    """And listed with what was signed of them."""
    files = listing(three.repository)["files"]

    assert [
        "configuration/quiet-1.toml",
        "models/loudness-2.tremor",
        "software/tremorkit-1.1.0-aarch64-cp313.tar",
        "software/tremorkit-1.1.0-x86_64-cp313.tar",
    ] == list(files)
    assert {"detection.sta_lta.on_ratio": "4.5", "detection.trigger.sustain_s": "2.0"} == files[
        "configuration/quiet-1.toml"
    ]["settings"]


def test_a_holder_reads_which_wheels_are_new(three: Release, tmp_path: Path) -> None:
    """Against the archive that was signed last for that platform; so does one with a request."""
    wheels = {"tremorkit": None, "numpy": "2.4.0", "cffi": "1.17"}
    house = wheelhouse(tmp_path / "new", "1.2.0", wheels)
    add(three.repository, read_what(house, Said(floor="1.1.0")))
    make_request(three.repository, tmp_path / "request")
    carried = Repository(tmp_path / "request")

    for lines in (words(three), "\n".join(shown(carried, "models"))):
        assert "against software/tremorkit-1.1.0-aarch64-cp313.tar:" in lines
        assert "+ cffi: 1.17 [" in lines
        assert "- tuf: 7.0.1 [" in lines
        assert "~ numpy: 2.3.1 [" in lines
        assert "] becomes 2.4.0 [" in lines
        assert "min_version_floor: 1.1.0" in lines
    assert not list(carried.targets.rglob("*x86_64*"))


def test_an_archive_before_that_is_not_here_is_said(three: Release, tmp_path: Path) -> None:
    """A holder knows what could not be compared."""
    old = "software/tremorkit-1.1.0-aarch64-cp313.tar"
    target = three.repository.models().targets[old]
    three.repository.target_file(target).unlink()
    add(three.repository, read_what(wheelhouse(tmp_path / "new", "1.2.0"), Said()))

    assert f"its wheels cannot be compared: {old} is not here" in words(three)


def test_a_holder_reads_which_settings_are_new(three: Release, tmp_path: Path) -> None:
    """Key by key, old and new."""
    text = "[detection.sta_lta]\non_ratio = 5.0\noff_ratio = 1.5\n"
    add(three.repository, read_what(settings(tmp_path, text, "quiet-2.toml"), Said()))

    lines = words(three)
    assert "against configuration/quiet-1.toml:" in lines
    assert "~ detection.sta_lta.on_ratio: 4.5 becomes 5.0" in lines
    assert "+ detection.sta_lta.off_ratio: 1.5" in lines
    assert "- detection.trigger.sustain_s: 2.0" in lines


def test_a_holder_reads_how_a_network_differs(three: Release, tmp_path: Path) -> None:
    """Shape and metrics; where they are the same that is said."""
    add(three.repository, read_what(bundle_of(tmp_path / "new", 3), Said()))

    lines = words(three)
    assert "against models/loudness-2.tremor:" in lines
    assert "nothing" in lines.splitlines()[-1]


def test_before_is_the_newest_below(three: Release, tmp_path: Path) -> None:
    """Of the same platform; ten comes after nine."""
    repository = three.repository
    for version in ("1.9.0", "1.10.0", "2.0.0"):
        house = wheelhouse(tmp_path / version, version)
        add(repository, read_what(house, Said()))
    targets = repository.models().targets
    path = "software/tremorkit-2.0.0-aarch64-cp313.tar"

    assert "software/tremorkit-1.10.0-aarch64-cp313.tar" == predecessor(
        path, targets[path], targets
    )
    first = "software/tremorkit-1.1.0-x86_64-cp313.tar"
    assert None is predecessor(first, targets[first], targets)
    assert ["      nothing of this name was signed before"] == changes(
        repository, first, targets[first], targets
    )


@pytest.mark.parametrize(
    ("text", "name", "reason"),
    [
        ("x = ", "quiet-1.toml", "is no TOML"),
        ("", "quiet-1.toml", "says nothing"),
        ("[detection]\n", "quiet-1.toml", "says nothing"),
        (QUIET, "quiet.toml", "give --name and --version"),
        (QUIET, "Quiet-1.toml", "give --name and --version"),
        ('[mqtt]\npassword = "x"\n', "quiet-1.toml", "mqtt.password is changed on site only"),
        ('[update]\nring = "all"\n', "quiet-1.toml", "update is changed on site only"),
        ('[station]\nstation = "B"\n', "quiet-1.toml", "station.station is changed on site"),
        ("[detection.sta_lta]\non_ratoi = 4\n", "quiet-1.toml", "did you mean 'on_ratio'?"),
        ("[detection.sta_lta]\non_ratio = -4\n", "quiet-1.toml", "greater than"),
        (f'[station]\nname = "{"x" * 70_000}"\n', "quiet-1.toml", "at most 65536 are taken"),
    ],
)
def test_settings_that_no_station_would_take(
    three: Release, tmp_path: Path, text: str, name: str, reason: str
) -> None:
    """They are refused before anybody signs them."""
    with pytest.raises(ReleaseError, match=reason.replace("?", r"\?")):
        read_what(settings(tmp_path / "bad", text, name), Said())


def test_settings_of_one_sensors_source(tmp_path: Path) -> None:
    """They fit some station file, though not every one."""
    what = read_what(settings(tmp_path, "[source]\nrange_g = 4\n", "near-1.toml"), Said())

    assert "configuration/near-1.toml" == what.path


def test_name_and_version_from_options(tmp_path: Path) -> None:
    """They go before the file's name; what cannot be is said."""
    file = settings(tmp_path)
    said = Said(floor="2", sensors=("adxl355",), name="calm", version=4, min_agent="1.2.0")
    what = read_what(file, said)

    assert "configuration/calm-4.toml" == what.path
    assert (2, "1.2.0", ("adxl355",)) == (
        what.facts.min_version_floor,
        getattr(what.facts, "min_agent", None),
        getattr(what.facts, "device_profiles", None),
    )
    with pytest.raises(ReleaseError, match="name: String should match"):
        read_what(file, Said(name="Calm", version=1))
    with pytest.raises(ReleaseError, match=r"'1\.2' is no version of networks or settings"):
        read_what(file, Said(floor="1.2"))


@pytest.mark.parametrize(
    ("said", "reason"),
    [(Said(sensors=("adxl355",)), "leave --sensor out"), (Said(floor="new"), "is no version")],
)
def test_what_cannot_be_said_of_software(tmp_path: Path, said: Said, reason: str) -> None:
    """The error names the folder."""
    with pytest.raises(ReleaseError, match=reason):
        read_what(wheelhouse(tmp_path / "house", "1.2.0"), said)


@pytest.mark.parametrize("lie", ["manifest", "wheel", "facts", "name"])
def test_files_that_do_not_bear_out_what_is_said_of_them(
    three: Release, tmp_path: Path, lie: str
) -> None:
    """Nobody signs an archive whose wheels, manifest, facts or name differ."""
    house = wheelhouse(tmp_path / "new", "1.2.0")
    honest = read_what(house, Said())
    if lie == "wheel":
        next(house.glob("numpy*")).write_bytes(b"another")
    if lie == "manifest":
        (house / "manifest.json").write_text("{}")
    path, facts = honest.path, honest.facts
    if lie == "facts":
        facts = facts.model_copy(update={"wheels": 99})
    if lie == "name":
        path = "software/tremorkit-9.9.9-aarch64-cp313.tar"
    packed = tmp_path / "packed.tar"
    with tarfile.open(packed, "w") as archive:
        for file in sorted(house.iterdir()):
            archive.add(file, file.name)
    draft_target(three.repository, path, packed.read_bytes(), facts)

    with pytest.raises(ReleaseError, match=r"manifest|belongs under"):
        sign(three.repository, "models", three.people["dia"].signer)


def test_settings_that_say_less_than_they_do(three: Release, tmp_path: Path) -> None:
    """A request that hides a key from its signers is not signed."""
    what = read_what(settings(tmp_path, QUIET, "quiet-2.toml"), Said())
    facts = what.facts.model_copy(update={"settings": {"detection.trigger.sustain_s": "2.0"}})
    target = draft_target(three.repository, what.path, what.content, facts)

    with pytest.raises(ReleaseError, match=r"its text says other things .*: settings"):
        check_file(what.path, target, three.repository.target_file(target))


def test_software_is_assigned_for_all_platforms(three: Release) -> None:
    """By a version; one archive alone by its name."""
    repository = three.repository
    both = assignment_of(repository, "canary", "software/tremorkit-1.1.0", "s-1")
    one = assignment_of(repository, "early", "software/tremorkit-1.1.0-x86_64-cp313.tar", "s-2")
    calm = assignment_of(repository, "canary", "configuration/quiet-1.toml", "c-1")
    three.online.assign({"canary": both, "early": one}, Kind.SOFTWARE)
    three.online.assign({"canary": calm}, Kind.CONFIGURATION)

    assert isinstance(both, SoftwareAssignment)
    assert ("1.1.0", 2, 1) == (both.version, len(both.named), len(one.named))
    assert {"canary": both, "early": one} == assignments(repository, Kind.SOFTWARE)
    assert {"canary": calm} == assignments(repository, Kind.CONFIGURATION)
    assert ["all"] == list(assignments(repository))
    rings = listing(repository)["rings"]
    assert {"all": ["model"], "canary": ["software", "configuration"], "early": ["software"]} == {
        ring: list(kinds) for ring, kinds in rings.items()
    }
    three.online.assign({"canary": None}, Kind.SOFTWARE)
    assert ["configuration"] == list(listing(repository)["rings"]["canary"])
    with pytest.raises(ReleaseError, match=r"published: .*software/tremorkit-1\.1\.0"):
        assignment_of(repository, "all", "software/tremorkit-3.0.0")


def test_every_kind_from_a_stick(three: Release, tmp_path: Path) -> None:
    """What is exported is what a station takes."""
    export(three.repository, tmp_path / "stick")
    cache, to = tmp_path / "cache", tmp_path / "fetched"
    cache.mkdir()
    fetcher = FolderFetcher(tmp_path / "stick", "folder:///", Limits(60.0))
    client = TufClient("folder:///", fetcher, cache, three.root, tmp_path)
    client.refresh()

    for path, target in published_files(three.repository).items():
        offer = client.offer(path, FORMS[kind_of(path)])
        assert offer is not None
        client.fetch(offer, to)
        assert target.hashes["sha256"] == hashlib.sha256(to.read_bytes()).hexdigest()


async def test_every_kind_over_http(three: Release, tmp_path: Path) -> None:
    """Assignments with an @ in their name, a version with a +: a station fetches them all."""
    add(three.repository, read_what(wheelhouse(tmp_path / "new", "1.2.0+local.7"), Said()))
    three.publish()
    wanted = {
        Kind.SOFTWARE: assignment_of(three.repository, "all", "software/tremorkit-1.2.0+local.7"),
        Kind.CONFIGURATION: assignment_of(three.repository, "all", "configuration/quiet-1.toml"),
    }
    for kind, order in wanted.items():
        three.online.assign({"all": order}, kind)
    cache, to = tmp_path / "cache", tmp_path / "fetched"
    cache.mkdir()

    def station(url: str) -> list[tuple[object, str]]:
        fetcher = HttpFetcher(Limits(60.0))
        client = TufClient(url, fetcher, cache, three.root, tmp_path)
        client.refresh()
        found: list[tuple[object, str]] = []
        software = client.assignment(("XX.A", "all"), Kind.SOFTWARE)
        settings = client.assignment(("XX.A", "all"), Kind.CONFIGURATION)
        for assigned, form in ((software, SoftwareFacts), (settings, ConfigurationFacts)):
            assert assigned is not None
            (path,) = assigned[1].named
            offer = client.offer(path, form)
            assert offer is not None
            client.fetch(offer, to)
            found.append((assigned[1], hashlib.sha256(to.read_bytes()).hexdigest()))
        fetcher.close()
        return found

    async with served(three.repository.folder) as url:
        found = await asyncio.to_thread(station, url)

    assert [(order, *order.named.values()) for order in wanted.values()] == found


def test_a_way_back_is_assigned_by_hand(three: Release) -> None:
    """With or without something for all others; by name, or by hash where it is withdrawn."""
    repository = three.repository
    network = "models/loudness-2.tremor"
    sha256 = repository.models().targets[network].hashes["sha256"]
    alone = leaving_of(repository, "canary", None, [network, "ef" * 32])
    named = assignment_of(repository, "canary", "software/tremorkit-1.1.0")

    assert isinstance(alone, Return)
    assert (sha256, "ef" * 32) == alone.leaving
    with pytest.raises(ReleaseError, match="is of one kind, not of model, software"):
        leaving_of(repository, "canary", named, [network])
    both = leaving_of(repository, "canary", named, ["software/tremorkit-1.1.0"])
    assert set(named.named.values()) == set(both.leaving)
    assert named.named == both.named


def test_the_way_back_from_the_command_line(three: Release, tmp_path: Path) -> None:
    """Listed in words; the kind is told by the name, or by an option."""
    public = make_key(tmp_path / "c.key", tmp_path / "c.pub", "second", None)
    draft_holders(three.repository, "online", [public], ["centre"], None)
    three.centre = Person("second")
    three.centre.signer = load_signer(tmp_path / "c.key", None)
    three.publish()
    at = ("-r", str(three.repository.folder))

    def release(*typed: str) -> str:
        done = RUN.invoke(app, ["release", *typed, *at])
        assert 0 == done.exit_code, done.output
        return done.output

    key = ("--online-key", str(tmp_path / "c.key"))
    release("assign", "canary", "--leaving", "models/loudness-2.tremor", *key)
    release("assign", "early", "software/tremorkit-1.1.0", *key)
    release("assign", "early", "--kind", "software", *key)
    text = release("list")
    listed = json.loads(release("list", "--json"))

    assert "ring canary: away from " in text
    assert "ring all: models/loudness-2.tremor by r-2" in text
    assert ["all", "canary"] == list(listed["rings"])


def test_a_name_is_of_one_file(tmp_path: Path) -> None:
    """Two files of settings cannot have one name."""
    file = str(settings(tmp_path))
    done = RUN.invoke(app, ["release", "add", file, file, "--name", "calm", "--version", "1"])

    assert 2 == done.exit_code
    assert "--version are of one file" in done.output
