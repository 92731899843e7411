"""PyOcto as the associator; the kit locates what it puts together.

Münchmeyer (2024), PyOcto: A high-throughput seismic phase associator, Seismica 3(1). An extra
(`pip install 'tremorkit[pyocto]'`), because it brings pandas.
"""

import struct
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from cloud.catalogue.own import OwnAssociator, PickedEvent, PickTable
from cloud.catalogue.world import Found
from cloud.traveltimes import TravelTimes
from cloud.velocity.model import Floats, Indices
from edge.errors import MissingExtraError
from edge.messages import Phase

if TYPE_CHECKING:
    from cloud.catalogue.own import Progress

_TOLERANCE_S = 1.5
_MARGIN_KM = 50.0
_STEP_KM = 1.0
_HALF_WIDTH_KM = 20.0


class OctoAssociator:
    """Associates with PyOcto.

    Args:
        own: The network, its plane and its travel times; it locates.

    Raises:
        MissingExtraError: PyOcto is not installed.
    """

    def __init__(self, own: OwnAssociator) -> None:
        try:
            import pandas as pd  # noqa: PLC0415 - an extra
            import pyocto  # noqa: PLC0415 - an extra
        except ImportError as error:
            raise MissingExtraError("pyocto", "pyocto") from error
        self.own = own
        self._pandas, self._pyocto = pd, pyocto

    def associate(self, table: PickTable, progress: "Progress | None" = None) -> list[PickedEvent]:
        """Return the events in the order of their origin times.

        Args:
            table: The picks; those of no phase are taken for P.
            progress: Called once, at the end: PyOcto tells nothing on the way.
        """
        picks = self._pandas.DataFrame(
            {
                "station": [f"{index}" for index in table.station],
                "phase": np.where(table.p_probability >= 0.5, "P", "S"),  # noqa: PLR2004 - a half
                "time": table.time_s,
            }
        )
        with tempfile.TemporaryDirectory() as folder:
            events, assignments = self._associator(Path(folder)).associate(picks, self._stations())
        if progress is not None:
            progress(len(table.time_s))
        if not len(events):
            return []
        found = []
        for event in events.sort_values("time").itertuples():
            mine = np.sort(
                assignments.loc[assignments["event_idx"] == event.idx, "pick_idx"].to_numpy(np.intp)
            )
            found.append(self._located(table, mine, (float(event.x), float(event.y))))
        return found

    def _stations(self) -> Any:  # noqa: ANN401 - pandas has no types here
        sites = self.own.sites
        return self._pandas.DataFrame(
            {
                "id": [f"{index}" for index in range(len(sites.x_km))],
                "x": sites.x_km,
                "y": sites.y_km,
                "z": -sites.elevation_m / 1000,
            }
        )

    def _associator(self, folder: Path) -> Any:  # noqa: ANN401 - PyOcto has no types
        config, sites = self.own.config, self.own.sites
        file = folder / "times"
        write_times(file, self.own.travel_times, config.farthest_km, config.deepest_km)
        model = self._pyocto.VelocityModel1D(
            str(file), tolerance=_TOLERANCE_S, association_cutoff_distance=config.farthest_km
        )
        return self._pyocto.OctoAssociator(
            xlim=_sides(sites.x_km),
            ylim=_sides(sites.y_km),
            zlim=(0.0, config.deepest_km),
            velocity_model=model,
            time_before=self.own.travel_times.time(Phase.S, config.farthest_km, 0.0),
            n_picks=config.least_picks,
            n_p_picks=config.least_p,
            n_s_picks=0,
            n_p_and_s_picks=0,
            n_threads=1,
        )

    def _located(self, table: PickTable, picks: Indices, start: tuple[float, float]) -> PickedEvent:
        """Return PyOcto's event where the kit's own location puts it."""
        is_s = (table.p_probability[picks] < 0.5).astype(np.intp)  # noqa: PLR2004 - a half
        location = self.own.locate(table, picks, is_s, (*start, _HALF_WIDTH_KM))
        residual, error, distance = self.own.residuals(table, picks, is_s, location)
        found = Found(
            location.x_km,
            location.y_km,
            location.depth_km,
            location.origin_s,
            location.horizontal_uncertainty_km,
            location.depth_uncertainty_km,
            location.area_km2,
            float(distance.max()),
            0.0,
            float("nan"),
        )
        return PickedEvent(found, picks, table.station[picks], is_s, residual, error, distance)


def write_times(path: Path, table: TravelTimes, farthest_km: float, deepest_km: float) -> None:
    """Write travel times as PyOcto reads them: a header, then P and S by distance and depth."""
    distances = np.arange(0, 2 * farthest_km + _STEP_KM, _STEP_KM)
    depths = np.arange(0, deepest_km + _STEP_KM, _STEP_KM)
    with path.open("wb") as file:
        file.write(struct.pack("iid", len(distances), len(depths), _STEP_KM))
        for phase in (Phase.P, Phase.S):
            columns = [table.times(phase, distances, float(depth)) for depth in depths]
            file.write(np.ascontiguousarray(np.stack(columns, axis=1)).tobytes())


def _sides(places_km: Floats) -> tuple[float, float]:
    """Return where sources are looked for along one axis."""
    return float(places_km.min()) - _MARGIN_KM, float(places_km.max()) + _MARGIN_KM
