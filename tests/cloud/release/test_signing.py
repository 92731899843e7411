"""A signature is over what was shown, by somebody who counts, and the file bears it out."""

from pathlib import Path

import pytest
from tuf.api.metadata import Metadata

from cloud.errors import ReleaseError
from cloud.release.drafts import (
    Founders,
    Holders,
    draft_again,
    draft_first,
    draft_holders,
    draft_target,
    draft_without,
)
from cloud.release.publishing import publish
from cloud.release.signing import drafts, shown, sign, standing
from edge.bundle import load_bundle
from edge.update.targets import facts_of, model_path
from tests.updates import Person, Release, bundle_of


def _draft(release: Release, bundle: Path, **lies: object) -> str:
    card = load_bundle(bundle).card
    facts = facts_of(card).model_copy(update=lies)
    path = model_path(card.name, card.version)
    draft_target(release.repository, path, bundle.read_bytes(), facts)
    return path


def test_what_is_shown_is_what_is_signed(release: Release, tmp_path: Path) -> None:
    """Name, hash, metrics, profile: read from the very bytes, not from what somebody said."""
    bundle = bundle_of(tmp_path, 3)
    _draft(release, bundle)

    lines = "\n".join(shown(release.repository, "models"))

    assert "models, version 2 to 3" in lines
    assert "+ models/loudness-3.tremor" in lines
    assert f"{bundle.stat().st_size} bytes" in lines
    assert "input: rate_hz = 40" in lines


@pytest.mark.parametrize(
    "lies", [{"metrics": {"recall": "1.0"}}, {"task": "picking"}, {"min_agent": "0.0.1"}]
)
def test_facts_that_the_card_does_not_bear_out(
    release: Release, tmp_path: Path, lies: dict[str, object]
) -> None:
    """A request that says better things of a network than its own card is not signed."""
    _draft(release, bundle_of(tmp_path, 3), **lies)

    with pytest.raises(ReleaseError, match="its card says other things"):
        sign(release.repository, "models", release.people["dia"].signer)


def test_a_file_that_is_not_here_is_said(release: Release, tmp_path: Path) -> None:
    """A holder who cannot see the file is told so."""
    path = _draft(release, bundle_of(tmp_path, 3))
    target = release.repository.models().targets[path]
    release.repository.target_file(target).unlink()

    assert "the file is not here" in "\n".join(shown(release.repository, "models"))


def test_a_key_that_does_not_count(release: Release) -> None:
    """A holder of root is none of models, and a stranger is nobody."""
    draft_again(release.repository, ["models"])

    for person in (release.people["ana"], Person("stranger")):
        with pytest.raises(ReleaseError, match="those of dia, eli do"):
            sign(release.repository, "models", person.signer)


def test_one_holder_twice_is_one_signature(release: Release) -> None:
    """The threshold counts people, not strokes of a pen."""
    draft_again(release.repository, ["models"])

    for _ in range(2):
        state = sign(release.repository, "models", release.people["dia"].signer)

    assert (("dia",), 1, ("eli",)) == (state.signed_by, state.missing, state.waits_for)
    with pytest.raises(ReleaseError, match=r"1 more signature\(s\) needed, of: eli"):
        publish(release.repository, release.centre.signer)


def test_a_change_after_a_signature_needs_it_anew(release: Release, tmp_path: Path) -> None:
    """Nothing is slipped under what somebody has signed."""
    _draft(release, bundle_of(tmp_path, 3))
    sign(release.repository, "models", release.people["dia"].signer)

    _draft(release, bundle_of(tmp_path, 4))

    assert () == standing(release.repository, "models").signed_by


def test_a_version_is_never_used_twice(release: Release, tmp_path: Path) -> None:
    """Other content under a signed name is refused."""
    with pytest.raises(ReleaseError, match="a higher version"):
        _draft(release, bundle_of(tmp_path, 2, loud=0.5))


def test_withdrawing(release: Release) -> None:
    """What is listed can be taken from the list; what is not, not."""
    draft_without(release.repository, "models/loudness-2.tremor")

    assert "- models/loudness-2.tremor may not run" in "\n".join(
        shown(release.repository, "models")
    )
    with pytest.raises(ReleaseError, match="is not listed; listed: none"):
        draft_without(release.repository, "models/loudness-2.tremor")


def test_a_new_root_needs_the_old_holders_and_the_new(release: Release) -> None:
    """A thief who drafts a root of their own gets nowhere, nor one who forgets somebody."""
    fay = Person("fay")
    draft_holders(release.repository, "root", [fay.public], ["ana", "ben"], 2)
    sign(release.repository, "root", fay.signer)
    sign(release.repository, "root", release.people["cho"].signer)

    state = standing(release.repository, "root")

    assert 1 == state.missing
    assert {"ana", "ben"} == set(state.waits_for)


def test_new_release_managers_must_sign_the_list_anew(release: Release) -> None:
    """Else every station would find it unsigned."""
    fay = Person("fay")
    draft_holders(release.repository, "models", [fay.public], ["dia", "eli"], 1)
    release.repository.drop_draft("models")
    for name in ("ana", "ben"):
        sign(release.repository, "targets", release.people[name].signer)

    with pytest.raises(ReleaseError, match="do not count any more"):
        publish(release.repository, release.centre.signer)


@pytest.mark.parametrize(
    ("role", "remove", "threshold", "reason"),
    [
        ("root", ["nobody"], None, "nobody is no holder; holders: ana, ben, cho"),
        ("root", ["ana", "ben"], None, "2 signatures of 1 different keys"),
        ("models", [], 3, "3 signatures of 2 different keys"),
        ("shoes", [], None, "root, models or online"),
    ],
)
def test_holders_that_cannot_be(
    release: Release, role: str, remove: list[str], threshold: int | None, reason: str
) -> None:
    """Nobody locks themselves out by a slip."""
    with pytest.raises(ReleaseError, match=reason):
        draft_holders(release.repository, role, [], remove, threshold)


def test_a_repository_is_begun_once(release: Release) -> None:
    """A second beginning would lock out every station."""
    person = Person("x")
    founders = Founders(Holders((person.public,), 1), Holders((person.public,), 1), person.public)
    with pytest.raises(ReleaseError, match="is there already"):
        draft_first(release.repository, founders)


def test_a_draft_of_another_version(release: Release) -> None:
    """A draft that was left behind by a newer publication is not signed."""
    draft_again(release.repository, ["models"])
    draft = release.repository.draft("models")
    assert draft is not None
    draft.signed.version = 7
    release.repository.keep_draft("models", draft)

    with pytest.raises(ReleaseError, match="version 7, published is 2"):
        shown(release.repository, "models")


def test_nothing_to_sign(release: Release) -> None:
    """And it says what waits."""
    assert [] == drafts(release.repository)
    with pytest.raises(ReleaseError, match="waiting for signatures: nothing"):
        shown(release.repository, "root")


def test_a_damaged_file_is_named(release: Release) -> None:
    """With its path."""
    (release.repository.staging / "models.json").write_bytes(b"{}")

    with pytest.raises(ReleaseError, match=r"models\.json: holds no metadata"):
        release.repository.models()
    assert isinstance(release.repository.published("root"), Metadata)
