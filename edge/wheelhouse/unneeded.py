"""What packages ask for and a station never imports: left at home.

LiteRT's wheel carries, beside the interpreter that a station runs, compilers and tools for other
processors; these alone import the following. A folder of wheels for a station is therefore
installed with `pip install --no-deps`: it says itself what belongs together.
"""

from collections.abc import Iterable, Mapping
from typing import Final

from packaging.requirements import Requirement
from packaging.utils import NormalizedName, canonicalize_name

UNNEEDED: Final[Mapping[str, frozenset[str]]] = {
    "ai-edge-litert": frozenset({"flatbuffers", "ml-dtypes", "protobuf", "tqdm"}),
}
"""By the package that asks for them."""


def is_station(extras: Iterable[str]) -> bool:
    """Tell whether a folder of wheels is for a station alone.

    Args:
        extras: Of the kit, that are wanted.
    """
    return set(extras) <= {"edge"}


def needed(asker: NormalizedName, asked: Iterable[Requirement]) -> list[Requirement]:
    """Return what a station needs of what a package asks for.

    Args:
        asker: The package.
        asked: What it asks for.
    """
    left = UNNEEDED.get(asker, frozenset())
    return [one for one in asked if canonicalize_name(one.name) not in left]
