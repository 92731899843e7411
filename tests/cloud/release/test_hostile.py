"""Sticks and requests of somebody who means harm: what a holder reads, and what counts."""

from pathlib import Path

import pytest
from securesystemslib.signer import Signature

from cloud.errors import ReleaseError
from cloud.release import request
from cloud.release.drafts import draft_target
from cloud.release.repository import Repository
from cloud.release.request import make_request, take_back
from cloud.release.signing import shown, sign, standing
from edge.bundle import load_bundle
from edge.update.targets import facts_of, model_path
from tests.updates import Release, bundle_of


@pytest.fixture
def release(tmp_path: Path) -> Release:
    """Return a repository in which a network waits for two signatures."""
    made = Release(tmp_path / "repository")
    bundle = bundle_of(tmp_path / "b", 3)
    card = load_bundle(bundle).card
    draft_target(
        made.repository, model_path(card.name, card.version), bundle.read_bytes(), facts_of(card)
    )
    return made


@pytest.mark.parametrize(
    "trick",
    [
        "ok\n  = models/loudness-3.tremor: the file here is what is to be signed",
        "ok\r  = models/loudness-3.tremor: the file here is what is to be signed",
        "ok\x1b[1A\x1b[2K",
        "\u202eharmless",
        "ok\u2028next",
        "ok\x00",
    ],
)
def test_nothing_in_a_request_looks_like_a_line_of_ours(release: Release, trick: str) -> None:
    """Facts come from whoever made the draft; a holder reads them on a terminal before signing."""
    repository = release.repository
    draft = repository.draft("models")
    assert draft is not None
    target = draft.signed.targets["models/loudness-3.tremor"]
    target.unrecognized_fields["custom"]["task"] = trick
    repository.keep_draft("models", draft)
    repository.target_file(target).unlink()
    before = len(shown(release.repository, "models"))
    target.unrecognized_fields["custom"]["task"] = "plain"
    repository.keep_draft("models", draft)

    assert before == len(shown(release.repository, "models"))
    target.unrecognized_fields["custom"]["task"] = trick
    repository.keep_draft("models", draft)
    lines = shown(release.repository, "models")
    assert all(line.isprintable() for line in lines)
    assert any("the file is not here" in line for line in lines)
    assert not any(line.strip().startswith("= models") for line in lines)


def test_a_returned_request_takes_no_signature_away(release: Release, tmp_path: Path) -> None:
    """A damaged or forged one in the place of a good one, one of a stranger: neither is taken."""
    repository = release.repository
    make_request(repository, tmp_path / "stick")
    sign(repository, "models", release.people["dia"].signer)
    stick = Repository(tmp_path / "stick")
    draft = stick.draft("models")
    assert draft is not None
    dia, stranger = (release.people[name].public.key.keyid for name in ("dia", "ana"))
    for keyid in (dia, stranger):
        draft.signatures[keyid] = Signature(keyid, "ab" * 64)
    stick.keep_draft("models", draft)

    (found,) = take_back(repository, tmp_path / "stick")

    assert (("dia",), 1) == (found.signed_by, found.missing)
    kept = repository.draft("models")
    assert kept is not None
    assert [dia] == list(kept.signatures)
    sign(stick, "models", release.people["eli"].signer)
    (found,) = take_back(repository, tmp_path / "stick")
    assert (("dia", "eli"), 0) == (found.signed_by, found.missing)
    assert 0 == standing(repository, "models").missing


@pytest.mark.parametrize("log", [b"[" * 100_000, b"\xff\n", b"{\n"])
def test_a_log_on_a_stick_that_is_none(release: Release, tmp_path: Path, log: bytes) -> None:
    """It is named, and can be left out."""
    make_request(release.repository, tmp_path / "stick")
    (tmp_path / "stick" / "audit.jsonl").write_bytes(log)

    with pytest.raises(ReleaseError, match=r"audit\.jsonl: is damaged"):
        take_back(release.repository, tmp_path / "stick")


def test_a_log_on_a_stick_that_is_long(
    release: Release, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Lines that are none are passed over, and long ones cut."""
    monkeypatch.setattr(request, "_MOST", 2)
    make_request(release.repository, tmp_path / "stick")
    line = b'{"action": "sign", "role": "' + b"x" * 10_000 + b'", "holder": {"a": 1}}\n'
    (tmp_path / "stick" / "audit.jsonl").write_bytes(b"3\n[]\n" + line * 20)

    take_back(release.repository, tmp_path / "stick")

    log = release.repository.folder / "audit.jsonl"
    assert log.stat().st_size < 10_000
