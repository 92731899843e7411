"""A change in words: what somebody is about to sign, read from the very bytes that are signed."""

from collections.abc import Iterator
from typing import Any

from tuf.api.metadata import Metadata, Root, TargetFile, Targets

from cloud.release.keys import holder_of


def difference(before: Metadata[Any] | None, after: Metadata[Any], role: str) -> list[str]:
    """Return what changes from one version of a role to the next, a line a change.

    Args:
        before: What is published; None: nothing is.
        after: What is to be signed.
        role: Which.
    """
    old = before.signed if before is not None else None
    new = after.signed
    versions = f"{old.version if old is not None else 0} to {new.version}"
    lines = [f"{role}, version {versions}, holds until {new.expires:%Y-%m-%d}"]
    if isinstance(new, Root):
        lines += _holders(_root_roles(old), _root_roles(new))
    if isinstance(new, Targets):
        lines += _holders(_delegated(old), _delegated(new))
        lines += _targets(old.targets if isinstance(old, Targets) else {}, new.targets)
    if len(lines) == 1:
        lines.append("  nothing but how long it holds")
    return lines


def described(target: TargetFile) -> list[str]:
    """Return what is signed of a file."""
    facts: dict[str, Any] = target.custom or {}
    lines = [f"sha256 {target.hashes.get('sha256')}, {target.length} bytes"]
    for name, value in sorted(facts.items()):
        match value:
            case dict():
                lines += [f"{name}: {key} = {one}" for key, one in sorted(value.items())]
            case list():
                lines.append(f"{name}: {', '.join(map(str, value)) or 'any'}")
            case _:
                lines.append(f"{name}: {value}")
    return lines


def _root_roles(signed: object) -> dict[str, tuple[int, list[str]]]:
    if not isinstance(signed, Root):
        return {}
    return {
        name: (role.threshold, sorted(_key(signed.keys[keyid]) for keyid in role.keyids))
        for name, role in signed.roles.items()
    }


def _delegated(signed: object) -> dict[str, tuple[int, list[str]]]:
    if not isinstance(signed, Targets) or signed.delegations is None:
        return {}
    delegations = signed.delegations
    return {
        f"{name} ({', '.join(role.paths or [])})": (
            role.threshold,
            sorted(_key(delegations.keys[keyid]) for keyid in role.keyids),
        )
        for name, role in (delegations.roles or {}).items()
    }


def _key(key: Any) -> str:  # noqa: ANN401 - tuf's Key
    return f"{holder_of(key)} [{key.keyid[:8]}]"


def _holders(
    before: dict[str, tuple[int, list[str]]], after: dict[str, tuple[int, list[str]]]
) -> Iterator[str]:
    for name in sorted({*before, *after}):
        old, new = before.get(name), after.get(name)
        if old == new:
            continue
        if new is None:
            yield f"  - nobody signs {name} any more"
        elif old is None:
            yield f"  + {name} is signed by {new[0]} of: {', '.join(new[1])}"
        else:
            yield f"  ~ {name}: {old[0]} of {', '.join(old[1])}"
            yield f"      becomes {new[0]} of {', '.join(new[1])}"


def _targets(before: dict[str, TargetFile], after: dict[str, TargetFile]) -> Iterator[str]:
    for path in sorted({*before, *after}):
        old, new = before.get(path), after.get(path)
        if new is None:
            yield f"  - {path} may not run any more"
        elif old is None or old.to_dict() != new.to_dict():
            yield f"  {'+' if old is None else '~'} {path}"
            yield from (f"      {line}" for line in described(new))
