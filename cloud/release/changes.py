"""What is new in a file against the one before it, in words, for who is about to sign it."""

from collections.abc import Iterator, Mapping
from typing import Any

from tuf.api.metadata import TargetFile

from cloud.release.contents import manifest_in, signed_facts
from cloud.release.repository import Repository
from edge.software.archive import Manifest
from edge.update.targets import ConfigurationFacts, ModelFacts, SoftwareFacts
from edge.update.versions import order_of


def predecessor(path: str, target: TargetFile, known: Mapping[str, TargetFile]) -> str | None:
    """Return the newest file of the same name, platform and Python below this version."""
    own = signed_facts(path, target)
    found = {}
    for other, one in known.items():
        facts = signed_facts(other, one)
        if _line(facts) == _line(own) and order_of(facts.version) < order_of(own.version):
            found[order_of(facts.version)] = other
    return found[max(found)] if found else None


def changes(
    repository: Repository, path: str, target: TargetFile, known: Mapping[str, TargetFile]
) -> list[str]:
    """Return what is new, a line a change.

    Args:
        repository: With the files.
        path: The new file's name.
        target: What is to be signed of it.
        known: What is signed.
    """
    before = predecessor(path, target, known)
    if before is None:
        return ["      nothing of this name was signed before"]
    new, old = signed_facts(path, target), signed_facts(before, known[before])
    lines = [f"      against {before}:"]
    match new, old:
        case SoftwareFacts(), SoftwareFacts():
            lines += _wheels(repository, {path: target, before: known[before]}, path, before)
        case ConfigurationFacts(), ConfigurationFacts():
            lines += _pairs(old.settings, new.settings)
        case ModelFacts(), ModelFacts():
            lines += _pairs(_figures(old), _figures(new))
    return lines if len(lines) > 1 else [*lines, "        nothing"]


def _line(facts: ModelFacts | SoftwareFacts | ConfigurationFacts) -> tuple[str, ...]:
    """Return of what a file is a version."""
    if isinstance(facts, SoftwareFacts):
        return facts.kind, facts.name, facts.platform, facts.python
    return facts.kind, facts.name


def _figures(facts: ModelFacts) -> dict[str, str]:
    shown: dict[str, Any] = {**facts.input, **facts.metrics, "scheme": facts.scheme}
    return shown | {"labels": ", ".join(facts.labels)}


def _wheels(
    repository: Repository, targets: Mapping[str, TargetFile], path: str, before: str
) -> Iterator[str]:
    files = {name: repository.target_file(target) for name, target in targets.items()}
    missing = [name for name, file in files.items() if not file.is_file()]
    if missing:
        yield f"        its wheels cannot be compared: {', '.join(missing)} is not here"
        return
    old, new = (manifest_in(name, files[name]) for name in (before, path))
    yield from _pairs(_named(old), _named(new))


def _named(manifest: Manifest) -> dict[str, str]:
    """Return version and hash of each wheel, by its package."""
    return {
        wheel.name: f"{wheel.file.split('-')[1]} [{wheel.sha256[:8]}]" for wheel in manifest.wheels
    }


def _pairs(old: Mapping[str, str], new: Mapping[str, str]) -> Iterator[str]:
    for key in sorted({*old, *new}):
        if key not in old:
            yield f"        + {key}: {new[key]}"
        elif key not in new:
            yield f"        - {key}: {old[key]}"
        elif old[key] != new[key]:
            yield f"        ~ {key}: {old[key]} becomes {new[key]}"
