"""A folder of wheels from which a station is installed without a network.

    target = Target("aarch64", "3.13")
    house = build_wheelhouse(Order(target, Path("wheelhouse-aarch64")))

The versions are those of the kit's lock, the wheels come from wherever pip is set up to find them.
Runs on any Linux host, on a workstation rather than on the station: it needs pip and `packaging`
(extra `wheelhouse`). On the station, for a folder F:

    pip install --no-index --no-deps --find-links F --require-hashes -r F/requirements.txt
"""

from edge.errors import MissingExtraError

try:
    from edge.wheelhouse.build import DEFAULT_LIMIT_MB, Order, build_wheelhouse
    from edge.wheelhouse.manifest import MANIFEST, Wheelhouse, read_manifest
    from edge.wheelhouse.target import PLATFORMS, PYTHONS, Platform, PythonVersion, Target
except ModuleNotFoundError as missing:
    if missing.name is None or not missing.name.startswith("packaging"):
        raise
    raise MissingExtraError("wheelhouse", "packaging") from missing

__all__ = [
    "DEFAULT_LIMIT_MB",
    "MANIFEST",
    "PLATFORMS",
    "PYTHONS",
    "Order",
    "Platform",
    "PythonVersion",
    "Target",
    "Wheelhouse",
    "build_wheelhouse",
    "read_manifest",
]
