"""What all queries share: names and short names, times, codes with wildcards, areas.

FDSN Web Service Specifications 1.2: a name in any letter case; an unknown or doubled parameter,
or a value of the wrong kind, is a bad request.
"""

import re
from collections.abc import Iterable
from typing import Annotated, Literal, Self, TypeVar

from pydantic import (
    AfterValidator,
    AliasChoices,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
    model_validator,
)

from cloud.errors import BadQueryError
from edge.geodesy import EARTH_RADIUS_KM, great_circle_km
from edge.timestamps import parse_time

_KM_A_DEGREE = EARTH_RADIUS_KM * 3.141592653589793 / 180
_MOST_CODES = 200


def _time(value: object) -> object:
    return parse_time(value) if isinstance(value, str) else value


def _codes(text: str) -> str:
    if len(text.split(",")) > _MOST_CODES:
        raise ValueError(f"at most {_MOST_CODES} codes are taken")
    return text


Time = Annotated[int | None, BeforeValidator(_time)]
"""ISO 8601 without a zone, in UTC; nanoseconds since 1970."""
Codes = Annotated[str, Field(pattern=r"^[A-Za-z0-9*?,_-]*$"), AfterValidator(_codes)]
"""Codes with `*` and `?`, separated by commas; `--` is the empty location."""
NoData = Literal["204", "404"]


def short(*names: str) -> AliasChoices:
    """Return the names of a parameter, the long one first."""
    return AliasChoices(*names)


class Query(BaseModel):
    """A query of any service."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    nodata: NoData = Field(default="204", description="Status of an answer without data")


class Area(Query):
    """A query that may be limited to a box or a ring."""

    minlatitude: float = Field(
        default=-90.0,
        ge=-90,
        le=90,
        validation_alias=short("minlatitude", "minlat"),
        description="Southern edge, degrees",
    )
    maxlatitude: float = Field(
        default=90.0,
        ge=-90,
        le=90,
        validation_alias=short("maxlatitude", "maxlat"),
        description="Northern edge, degrees",
    )
    minlongitude: float = Field(
        default=-180.0,
        ge=-180,
        le=180,
        validation_alias=short("minlongitude", "minlon"),
        description="Western edge, degrees; greater than the eastern one for a box over 180",
    )
    maxlongitude: float = Field(
        default=180.0,
        ge=-180,
        le=180,
        validation_alias=short("maxlongitude", "maxlon"),
        description="Eastern edge, degrees",
    )
    latitude: float | None = Field(
        default=None,
        ge=-90,
        le=90,
        validation_alias=short("latitude", "lat"),
        description="Centre of a ring, degrees",
    )
    longitude: float | None = Field(
        default=None,
        ge=-180,
        le=180,
        validation_alias=short("longitude", "lon"),
        description="Centre of a ring, degrees",
    )
    minradius: float = Field(default=0.0, ge=0, le=180, description="Of the ring, degrees")
    maxradius: float = Field(default=180.0, ge=0, le=180, description="Of the ring, degrees")

    @model_validator(mode="after")
    def _makes_sense(self) -> Self:
        if self.minlatitude > self.maxlatitude:
            raise ValueError("minlatitude is greater than maxlatitude")
        if self.minradius > self.maxradius:
            raise ValueError("minradius is greater than maxradius")
        if (self.latitude is None) != (self.longitude is None):
            raise ValueError("latitude and longitude belong together: give both or neither")
        if self.latitude is None and self.model_fields_set & {"minradius", "maxradius"}:
            raise ValueError("a radius needs latitude and longitude")
        return self

    def encloses(self, latitude: float, longitude: float) -> bool:
        """Return whether a place lies within box and ring."""
        if not self.minlatitude <= latitude <= self.maxlatitude:
            return False
        west, east = self.minlongitude, self.maxlongitude
        inside = west <= longitude <= east
        if west > east:
            inside = longitude >= west or longitude <= east
        if not inside or self.latitude is None or self.longitude is None:
            return inside
        away_km = great_circle_km((self.latitude, self.longitude), (latitude, longitude))
        return self.minradius <= away_km / _KM_A_DEGREE <= self.maxradius


class Selection(Query):
    """What queries for stations and for waveforms share: codes of channels."""

    network: Codes = Field(
        default="*", validation_alias=short("network", "net"), description="Network codes"
    )
    station: Codes = Field(
        default="*", validation_alias=short("station", "sta"), description="Station codes"
    )
    location: Codes = Field(
        default="*", validation_alias=short("location", "loc"), description="Location codes"
    )
    channel: Codes = Field(
        default="*", validation_alias=short("channel", "cha"), description="Channel codes"
    )


AnyQuery = TypeVar("AnyQuery", bound=Query)


def read_query(model: type[AnyQuery], items: Iterable[tuple[str, str]]) -> AnyQuery:
    """Return the query of a request's parameters.

    Raises:
        BadQueryError: An unknown, doubled, or senseless parameter.
    """
    values: dict[str, str] = {}
    for name, value in items:
        key = name.lower()
        if key in values:
            raise BadQueryError(f"parameter {name!r} is given twice")
        values[key] = value
    try:
        return model.model_validate(values)
    except ValidationError as error:
        raise BadQueryError("\n".join(_problem(one) for one in error.errors())) from error


def matcher(codes: str) -> re.Pattern[str]:
    """Return what matches a list of codes with wildcards."""
    parts = ["" if code == "--" else re.escape(code) for code in codes.split(",")]
    pattern = "|".join(part.replace(r"\*", ".*").replace(r"\?", ".") for part in parts)
    return re.compile(f"(?:{pattern})", re.IGNORECASE)


def _problem(error: object) -> str:
    detail = dict(error) if isinstance(error, dict) else {}
    name = ".".join(str(part) for part in detail.get("loc", ()))
    if detail.get("type") == "extra_forbidden":
        return f"{name}: unknown parameter"
    if detail.get("type") == "missing":
        return f"{name}: is missing"
    seen = f" (seen: {str(detail.get('input'))[:80]!r})" if name else ""
    return f"{name or 'query'}: {detail.get('msg')}{seen}"
