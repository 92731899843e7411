"""What the files of a repository say, as station and centre both read them.

    models/NAME-VERSION.tremor     a bundle; its facts stand in the signed metadata ("custom")
    software/NAME-VERSION-PLATFORM-PYTHON.tar      a folder of wheels as one archive
    configuration/NAME-VERSION.toml                settings that lie over the station file
    rollout/RING.json                  what a ring of stations is to run: an assignment
    rollout/RING@software.json         which agent software, in the same way
    rollout/RING@configuration.json    which settings
    rollout/NETWORK.STATION.json       the same for one station; goes before its ring's

`models/`, `software/` and `configuration/` belong to the role models, whose keys are offline: what
may run anywhere. `rollout/` belongs to the role rollout, whose key is online: what is to run
where, now.
"""

import re
from enum import StrEnum
from typing import Annotated, Final, Literal

from pydantic import BaseModel, ConfigDict, Field
from pydantic_core import from_json

from edge.bundle.card import Card, ModelName, Sha256, Version
from edge.bundle.facts import InputFacts
from edge.timestamps import Timestamp

MODELS: Final = "models"
ROLLOUT: Final = "rollout"
SOFTWARE: Final = "software"
CONFIGURATION: Final = "configuration"
MOST_ASSIGNMENT_BYTES: Final = 4096
_MOST_LEFT: Final = 16
_NUMBERS: Final = re.compile(r"[0-9]+(?:\.[0-9]+){0,2}")

Ring = Annotated[str, Field(pattern=r"^[A-Za-z0-9_.-]{1,32}$")]
RolloutId = Annotated[str, Field(pattern=r"^[A-Za-z0-9._-]{1,64}$")]
ModelPath = Annotated[str, Field(pattern=r"^models/[a-z][a-z0-9_]{0,39}-[0-9]{1,9}\.tremor$")]

SoftwarePath = Annotated[
    str,
    Field(pattern=r"^software/[a-z][a-z0-9_]{0,39}-[0-9A-Za-z.+]{1,40}-[a-z0-9_]+-cp3[0-9]+\.tar$"),
]
ConfigurationPath = Annotated[
    str, Field(pattern=r"^configuration/[a-z][a-z0-9_]{0,39}-[0-9]{1,9}\.toml$")
]

_FACTS: Final = ConfigDict(frozen=True, extra="ignore", allow_inf_nan=False)
"""Old stations read what newer centres write."""


class Kind(StrEnum):
    """What is assigned; each kind has its own assignment, phases and rollouts."""

    MODEL = "model"
    SOFTWARE = "software"
    CONFIGURATION = "configuration"


_FOLDERS: Final[dict[str, Kind]] = {
    MODELS: Kind.MODEL,
    SOFTWARE: Kind.SOFTWARE,
    CONFIGURATION: Kind.CONFIGURATION,
}


class _Order(BaseModel):
    """What every assignment says."""

    model_config = _FACTS

    format: Literal[1] = 1
    rollout_id: RolloutId
    wave: int = Field(default=0, ge=0)
    not_before: Timestamp | None = None
    deadline: Timestamp | None = None
    """Nobody wants a station to begin after this."""
    min_agent: Version = "0.0.0"
    returning: bool = False
    """Back to what a station had committed before this one."""
    leaving: tuple[Sha256, ...] = Field(default=(), max_length=_MOST_LEFT)
    """A station that committed one of these goes back to what it itself had before, whatever else
    the assignment names; for all others the assignment is as if this were not there."""

    @property
    def named(self) -> dict[str, str]:
        """Files that are to run, and their SHA-256."""
        return {}


class Assignment(_Order):
    """Which network stations of a ring are to run."""

    model: ModelPath
    sha256: Sha256

    @property
    def named(self) -> dict[str, str]:
        """The network."""
        return {self.model: self.sha256}


class SoftwareAssignment(_Order):
    """Which agent software stations of a ring are to run."""

    version: str = Field(pattern=r"^[0-9A-Za-z.+]{1,40}$")
    archives: dict[SoftwarePath, Sha256] = Field(min_length=1, max_length=8)
    """One for each platform and Python; a station takes the one whose signed facts are its own."""

    @property
    def named(self) -> dict[str, str]:
        """All of them."""
        return dict(self.archives)


class ConfigurationAssignment(_Order):
    """Which settings lie over the station files of a ring."""

    configuration: ConfigurationPath
    sha256: Sha256

    @property
    def named(self) -> dict[str, str]:
        """The settings."""
        return {self.configuration: self.sha256}


class Return(_Order):
    """Nothing new, and the way back from what it names: where a ring had no assignment before."""

    leaving: tuple[Sha256, ...] = Field(min_length=1, max_length=_MOST_LEFT)


Order = Assignment | SoftwareAssignment | ConfigurationAssignment | Return
_FORMS: Final[dict[Kind, tuple[str, type[Order]]]] = {
    Kind.MODEL: ("model", Assignment),
    Kind.SOFTWARE: ("version", SoftwareAssignment),
    Kind.CONFIGURATION: ("configuration", ConfigurationAssignment),
}


def read_order(kind: Kind, content: bytes) -> Order:
    """Return what an assignment's file says.

    Raises:
        ValueError: It says nothing that makes sense; a pydantic `ValidationError` where it is JSON.
    """
    said = from_json(content)
    key, form = _FORMS[kind]
    if isinstance(said, dict) and "leaving" in said and key not in said:
        form = Return
    return form.model_validate_json(content)


class ModelFacts(BaseModel):
    """What holders of keys sign of a model, beside its hash and length."""

    model_config = _FACTS

    kind: Literal["model"] = "model"
    name: ModelName
    version: int = Field(ge=1)
    min_version_floor: int = Field(default=1, ge=1)
    """From now on no version below this may run on a station that accepted this one."""
    min_agent: Version
    device_profiles: tuple[str, ...] = ()
    """Sensors that it is for; all where empty."""
    task: str
    scheme: str
    input: dict[str, str]
    """Figures are text: what is signed must have one form (canonical JSON knows no fractions)."""
    labels: tuple[str, ...]
    training_data: tuple[str, ...]
    metrics: dict[str, str]


class SoftwareFacts(BaseModel):
    """What holders of keys sign of the agent's own software."""

    model_config = _FACTS

    kind: Literal["software"] = "software"
    name: str = "tremorkit"
    version: str
    platform: str
    python: str
    wheels: int = Field(ge=1)
    min_version_floor: str = "0.0.0"
    """From now on no version below this may run on a station that accepted this one."""


class ConfigurationFacts(BaseModel):
    """What holders of keys sign of settings."""

    model_config = _FACTS

    kind: Literal["configuration"] = "configuration"
    name: str = Field(pattern=r"^[a-z][a-z0-9_]{0,39}$")
    version: int = Field(ge=1)
    min_version_floor: int = Field(default=1, ge=1)
    min_agent: Version = "0.0.0"
    device_profiles: tuple[str, ...] = ()
    """Sensors that they are for; all where empty."""
    settings: dict[str, str]
    """Dotted key and value as text, as a person reads them before signing."""


def facts_of(
    card: Card, min_version_floor: int = 1, device_profiles: tuple[str, ...] = ()
) -> ModelFacts:
    """Return what is signed of a bundle.

    Args:
        card: The bundle's.
        min_version_floor: Least version that may still run once this one was accepted.
        device_profiles: Sensors that it is for; all where empty.
    """
    heard = card.input
    shape = {"rate_hz": f"{heard.rate_hz:g}", "components": "".join(heard.components)}
    if isinstance(heard, InputFacts):
        shape["hop_samples"] = str(heard.hop_samples)
    else:
        shape["window_samples"] = str(heard.window_samples)
    return ModelFacts(
        name=card.name,
        version=card.version,
        min_version_floor=min_version_floor,
        min_agent=card.least_agent_version,
        device_profiles=device_profiles,
        task=card.task,
        scheme=card.quantisation.scheme,
        input=shape,
        labels=tuple(card.output.labels),
        training_data=tuple(f"{one.name} ({one.licence})" for one in card.training_data),
        metrics={f"{one.name}, {one.data}": f"{one.value:.6g}" for one in card.metrics},
    )


def model_path(name: str, version: int) -> str:
    """Return a model's name in the repository."""
    return f"{MODELS}/{name}-{version}.tremor"


def rollout_path(ring: str, kind: Kind = Kind.MODEL) -> str:
    """Return the name of a ring's assignment in the repository."""
    of_kind = "" if kind is Kind.MODEL else f"@{kind}"
    return f"{ROLLOUT}/{ring}{of_kind}.json"


def kind_of(path: str) -> Kind:
    """Return the kind of a file by the folder that it lies in.

    Raises:
        ValueError: There is no such folder.
    """
    kind = _FOLDERS.get(path.partition("/")[0])
    if kind is None:
        raise ValueError(f"{path!r} lies in none of {', '.join(_FOLDERS)}")
    return kind


def station_ring(network: str, station: str) -> str:
    """Return the ring of one station."""
    return f"{network}.{station}"


def version_numbers(version: str) -> tuple[int, ...]:
    """Return the leading numbers of a version: `0.2.0.dev1` is taken for `0.2.0`."""
    found = _NUMBERS.match(version)
    return tuple(int(number) for number in found[0].split(".")) if found is not None else ()
