"""The key ceremonies of docs/fleet.md, typed as a reader types them, in a folder of one's own."""

import json
import re
import shlex
import shutil
import zipfile
from pathlib import Path

import pytest
from typer.testing import CliRunner

from cloud.cli import app
from cloud.release.doctor import examine
from cloud.release.repository import Repository
from edge.bundle.shipped import shipped_bundle
from edge.bundle.ziplayer import pack

RUN = CliRunner()
WORD = "correct horse battery"
_TYPED = re.compile(r"^(?:cp|cloud-aggregator) .*$", re.MULTILINE)
_FENCE = re.compile(r"^```\n(.*?)^```", re.MULTILINE | re.DOTALL)


class Reader:
    """Somebody with the page beside the keyboard, and sticks.

    Attributes:
        page: The page's text.
        said: What the last command printed.
    """

    def __init__(self, page: str, folder: Path) -> None:
        self.page = page
        self._folder = folder
        self.said = ""
        for stick in ("usb1", "usb2", "usb"):
            (folder / "media" / stick).mkdir(parents=True)

    def below(self, heading: str) -> list[str]:
        """Return the commands of all blocks below a heading, up to the next one."""
        _, found, rest = self.page.partition(f"\n### {heading}\n")
        assert found, f"the page has no heading {heading!r}"
        section = re.split(r"^#+ ", rest, maxsplit=1, flags=re.MULTILINE)[0]
        return [line for block in _FENCE.findall(section) for line in _TYPED.findall(block)]

    def type(self, line: str) -> None:
        """Type a command, and what it asks for."""
        program, *words = shlex.split(line.replace("/media/", f"{self._folder}/media/"))
        if program == "cp":
            *files, to = words
            for file in files:
                shutil.copy(file, to)
            return
        asked = f"y\n{WORD}\n" if "sign" in words else f"{WORD}\n{WORD}\n"
        done = RUN.invoke(app, words, input=asked)
        assert 0 == done.exit_code, f"{line}\n{done.output}\n{done.exception!r}"
        self.said = done.output


@pytest.fixture
def reader(project_root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Reader:
    """Return a reader in an empty folder."""
    monkeypatch.chdir(tmp_path)
    return Reader((project_root / "docs" / "fleet.md").read_text(), tmp_path)


def _second_network() -> None:
    """Put the agent's network under its next version into this folder."""
    with zipfile.ZipFile(shipped_bundle()) as shipped:
        members = {name: shipped.read(name) for name in shipped.namelist()}
    card = json.loads(members["card.json"]) | {"version": 2}
    Path("tremor_stream-2.tremor").write_bytes(
        pack(members | {"card.json": json.dumps(card).encode()})
    )


def _all_is_well() -> None:
    findings = examine(Repository(Path("updates")))
    assert [] == [finding.text for finding in findings if not finding.ok]


def test_one_person_makes_keys_and_releases_a_network(reader: Reader) -> None:
    """Every line of the ceremony, then every line of a release with the key from the stick."""
    _second_network()

    for line in reader.below("The key ceremony, for one person"):
        reader.type(line)
    _all_is_well()
    shutil.copy("media/usb1/ana.key", ".")
    for line in reader.below("Releasing a network, software, settings"):
        reader.type(line)

    assert "assigned models/tremor_stream-2.tremor to canary" in reader.said
    _all_is_well()


def test_three_people_sign_on_a_stick(reader: Reader) -> None:
    """Two of them are enough, and the third may come too late."""
    for name in ("ana", "ben", "cho"):
        reader.type(f"cloud-aggregator release keys {name}")
    reader.type("cloud-aggregator release keys centre --no-passphrase")

    *begin, signing = reader.below("For three people")
    for line in begin:
        reader.type(line)
    reader.type(signing)
    assert "1 more needed" in reader.said
    reader.type(signing.replace("ben.key", "cho.key"))
    publish = "cloud-aggregator release publish --with /media/usb/request --online-key centre.key"
    assert publish in reader.page
    reader.type(publish)

    assert "published root, targets, models" in reader.said
    _all_is_well()
