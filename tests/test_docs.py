"""The documentation says what the code does."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

_ROOT = Path(__file__).resolve().parents[1]
_PAGES = sorted([*_ROOT.glob("*.md"), *_ROOT.glob("docs/**/*.md")])
_LINK = re.compile(r"\]\(([^)#\s]+)[^)]*\)")
_COMMANDS = ("edge-agent", "cloud-aggregator", "model-trainer")


def test_generated_pages_are_fresh() -> None:
    """Configuration and commands are what the models and `--help` say."""
    done = subprocess.run(
        [sys.executable, _ROOT / "scripts" / "write_docs.py", "--check"],
        capture_output=True,
        text=True,
        check=False,
        cwd=_ROOT,
    )

    assert 0 == done.returncode, done.stderr


@pytest.mark.parametrize("page", _PAGES, ids=lambda p: p.name)
def test_links_lead_somewhere(page: Path) -> None:
    """Every relative link of a page is a file of the checkout."""
    links = [link for link in _LINK.findall(page.read_text()) if "://" not in link]

    assert [] == [link for link in links if not (page.parent / link).exists()]


def _anchors(page: Path) -> set[str]:
    """Return what links into a page may name, as GitHub makes it of the headings."""
    text = re.sub(r"^ *```.*?^ *```", "", page.read_text(), flags=re.DOTALL | re.MULTILINE)
    titles = re.findall(r"^#+ +(.+?) *$", text, flags=re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}


@pytest.mark.parametrize("page", _PAGES, ids=lambda p: p.name)
def test_links_lead_to_a_heading(page: Path) -> None:
    """Every link into a page names a heading that is there."""
    links = re.findall(r"\]\(([^)#\s]*\.md)?#([^)\s]+)\)", page.read_text())

    lost = [
        f"{name}#{anchor}"
        for name, anchor in links
        if anchor not in _anchors(page.parent / name if name else page)
    ]
    assert [] == lost


@pytest.mark.parametrize("page", _PAGES, ids=lambda p: p.name)
def test_commands_in_the_text_exist(page: Path) -> None:
    """A command that a page tells the reader to type is one that the kit has."""
    known = (_ROOT / "docs" / "commands.md").read_text()
    for block in re.findall(r"```\n?(.*?)```", page.read_text(), flags=re.DOTALL):
        for program, sub in re.findall(
            rf"^({'|'.join(_COMMANDS)}) ([a-z]+)", block, flags=re.MULTILINE
        ):
            assert f"### {program} {sub}" in known, f"{page.name}: {program} {sub}"


def test_nothing_of_this_machine_is_in_the_tree() -> None:
    """No absolute path of a developer's machine and no host of a package registry is kept."""
    listed = subprocess.run(
        ["git", "ls-files"], capture_output=True, text=True, check=True, cwd=_ROOT
    )
    hosts = ("registry" + ".npmjs", "pypi" + ".org", "files.python" + "hosted")
    places = ("/" + "work/", "/" + "root/", "/tmp/" + "w/")
    for name in listed.stdout.split():
        path = _ROOT / name
        if path.suffix in {".tremor", ".png", ".npz"}:
            continue
        text = path.read_text(encoding="utf-8")
        assert [] == [word for word in (*hosts, *places) if word in text], name
