"""The release before is a way back only while holders let it run."""

from pathlib import Path

import pytest

from cloud.release.drafts import draft_without
from edge.update.targets import Kind, Return
from tests.edge.software.builder import offer, small_release
from tests.edge.software.life import SoftwareLife
from tests.updates import Release


def test_a_release_that_holders_have_withdrawn_is_no_way_back(
    release: Release, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It lies here and would start; they took it from the list because it is bad."""
    life = SoftwareLife(tmp_path / "station", release, monkeypatch)
    offer(release, small_release("99.0.0"), "99.0.0")
    life.whole()
    sha256 = offer(release, small_release())
    assert sha256 == life.whole()
    (path,) = (name for name in release.repository.models().targets if "-99.0.0-" in name)
    draft_without(release.repository, path)
    release.publish()
    release.online.assign({"all": Return(rollout_id="back", leaving=(sha256,))}, Kind.SOFTWARE)

    part = life.look().parts[Kind.SOFTWARE]

    assert "refuse" == part.act
    assert "no way back to 99.0.0: it is not listed by the role models any more" in part.reason
    assert sha256 == life.whole()
