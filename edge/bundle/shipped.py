"""The bundles that come with the agent, by name."""

from difflib import get_close_matches
from pathlib import Path

from edge.errors import BundleError

FOLDER = Path(__file__).resolve().parents[1] / "models"
OWN = "tremor_stream"
"""The network that a station runs unless it is told otherwise."""

_SUFFIX = ".tremor"


def shipped_bundles() -> list[Path]:
    """Return all of them, by name and version."""
    return sorted(FOLDER.glob(f"*{_SUFFIX}"), key=_name_and_version)


def shipped_bundle(name: str = OWN) -> Path:
    """Return the newest bundle of a name.

    Raises:
        BundleError: None came with the agent; lists those that did.
    """
    bundles = shipped_bundles()
    named = [path for path in bundles if name in {path.stem, _name_and_version(path)[0]}]
    if named:
        return named[-1]
    if not bundles:
        raise BundleError(FOLDER / f"{name}{_SUFFIX}", "no bundle was installed with the agent")
    known = sorted({_name_and_version(path)[0] for path in bundles})
    near = get_close_matches(name, known, n=1)
    hint = f"did you mean {near[0]!r}? it" if near else "it"
    raise BundleError(
        Path(name), f"none of this name came with the agent; {hint} came with {', '.join(known)}"
    )


def find_bundle(wanted: Path) -> Path:
    """Return the file that is meant: a path, or the name of a bundle that came with the agent.

    A name has neither a separator nor a suffix: `cred`, or `cred-2` for one version.

    Raises:
        BundleError: It is a name, and none of it came with the agent.
    """
    is_name = str(wanted) == wanted.name and not wanted.suffix
    return shipped_bundle(wanted.name) if is_name else wanted


def _name_and_version(bundle: Path) -> tuple[str, int]:
    """Return what a file's name says: 10 comes after 9."""
    name, _, version = bundle.stem.rpartition("-")
    return (name, int(version)) if version.isdecimal() else (bundle.stem, 0)
