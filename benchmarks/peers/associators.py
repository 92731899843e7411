"""Run PyOcto or GaMMA over a day of picks, in an environment of their own.

    python associators.py {pyocto,gamma} PICKS

PICKS is a JSON file of stations (east and north, km) and picks (s, station, phase). What comes out
is a JSON line: CPU seconds of the association alone, and the events.
"""

import contextlib
import datetime as dt
import io
import json
import sys
import time
from pathlib import Path

import pandas as pd

_P_KM_S, _S_KM_S = 6.0, 3.5
_SIDE_KM = 120.0
_DEEPEST_KM = 40.0
_LEAST_PICKS = 8
_EPOCH = dt.datetime(2024, 1, 1)  # noqa: DTZ001 - GaMMA wants times without a zone

Events = list[tuple[float, float, float]]


def pyocto_events(day: dict) -> tuple[float, Events]:
    """Return CPU seconds and the events of PyOcto."""
    import pyocto  # noqa: PLC0415 - each peer has an environment

    associator = pyocto.OctoAssociator(
        xlim=(-_SIDE_KM, _SIDE_KM),
        ylim=(-_SIDE_KM, _SIDE_KM),
        zlim=(0, _DEEPEST_KM),
        time_before=120,
        velocity_model=pyocto.VelocityModel0D(
            p_velocity=_P_KM_S,
            s_velocity=_S_KM_S,
            tolerance=1.0,
            association_cutoff_distance=150.0,
        ),
        n_picks=_LEAST_PICKS,
        n_p_picks=3,
        n_s_picks=2,
        n_p_and_s_picks=2,
        n_threads=1,
    )
    stations = pd.DataFrame(
        [{"id": f"S{k}", "x": x, "y": y, "z": 0.0} for k, (x, y) in enumerate(day["stations_km"])]
    )
    picks = pd.DataFrame(
        [{"station": f"S{k}", "phase": phase, "time": at} for at, k, phase in day["picks"]]
    )
    start_s = time.process_time()
    events, _ = associator.associate(picks, stations)
    used_s = time.process_time() - start_s
    return used_s, [(row.time, row.x, row.y) for row in events.itertuples()]


def gamma_events(day: dict) -> tuple[float, Events]:
    """Return CPU seconds and the events of GaMMA."""
    from gamma.utils import association, estimate_eps  # noqa: PLC0415 - each peer has an environment

    stations = pd.DataFrame(
        [
            {"id": f"S{k}", "x(km)": x, "y(km)": y, "z(km)": 0.0}
            for k, (x, y) in enumerate(day["stations_km"])
        ]
    )
    picks = pd.DataFrame(
        [
            {
                "id": f"S{k}",
                "timestamp": _EPOCH + dt.timedelta(seconds=at),
                "type": phase.lower(),
                "prob": 1.0,
            }
            for at, k, phase in day["picks"]
        ]
    )
    side = (-_SIDE_KM, _SIDE_KM)
    config = {
        "dims": ["x(km)", "y(km)", "z(km)"],
        "use_dbscan": True,
        "use_amplitude": False,
        "x(km)": side,
        "y(km)": side,
        "z(km)": (0, _DEEPEST_KM),
        "vel": {"p": _P_KM_S, "s": _S_KM_S},
        "method": "BGMM",
        "oversample_factor": 5,
        "bfgs_bounds": ((*[s - 1 for s in side[:1]], side[1] + 1),) * 2
        + ((0, _DEEPEST_KM + 1), (None, None)),
        "dbscan_eps": estimate_eps(stations, _P_KM_S),
        "dbscan_min_samples": 3,
        "min_picks_per_eq": _LEAST_PICKS,
        "min_p_picks_per_eq": 3,
        "min_s_picks_per_eq": 2,
        "max_sigma11": 2.0,
        "max_sigma22": 1.0,
        "max_sigma12": 1.0,
        "ncpu": 1,
    }
    start_s = time.process_time()
    with contextlib.redirect_stdout(io.StringIO()):
        events, _ = association(picks, stations, config, method="BGMM")
    used_s = time.process_time() - start_s
    return used_s, [
        (
            (dt.datetime.fromisoformat(str(each["time"])) - _EPOCH).total_seconds(),
            each["x(km)"],
            each["y(km)"],
        )
        for each in events
    ]


if __name__ == "__main__":
    run = {"pyocto": pyocto_events, "gamma": gamma_events}[sys.argv[1]]
    cpu_s, found = run(json.loads(Path(sys.argv[2]).read_text()))
    print(json.dumps({"cpu_s": cpu_s, "events": found}))
