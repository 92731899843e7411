"""How magnitudes are made."""

from pydantic import BaseModel, ConfigDict, Field

_SECTION = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class LocalConfig(BaseModel):
    """ML, from the amplitude on a simulated Wood-Anderson seismograph."""

    model_config = _SECTION

    nearest_km: float = Field(
        default=5.0,
        gt=0,
        title="Nearest distance",
        description="Hypocentral distance from which a station counts, km",
    )
    farthest_km: float = Field(
        default=500.0,
        gt=0,
        title="Farthest distance",
        description="Hypocentral distance up to which a station counts, km",
    )
    least_signal_to_noise: float = Field(
        default=5.0,
        gt=1,
        title="Signal to noise",
        description="How far the peak must stand above that of the noise before P",
    )
    station_error: float = Field(
        default=0.3,
        gt=0,
        title="Error of one station",
        description="Standard error of ML at one station, site and radiation included",
    )
    offset: float = Field(
        default=0.0,
        title="Offset",
        description="Added to ML, where a region's attenuation differs from southern California's",
    )


class MomentConfig(BaseModel):
    """Mw, from the level of the displacement spectrum; the defaults suit a subduction zone."""

    model_config = _SECTION

    density_kg_m3: float = Field(
        default=2800.0, gt=0, title="Density", description="At the source, kg per cubic metre"
    )
    vp_km_s: float = Field(
        default=6.2, gt=0, title="P speed", description="At the source, km per second"
    )
    vs_km_s: float = Field(
        default=3.6, gt=0, title="S speed", description="At the source, km per second"
    )
    q0: float = Field(
        default=273.0, gt=0, title="Q at 1 Hz", description="Quality factor of S at 1 Hz"
    )
    q_exponent: float = Field(
        default=0.66, ge=0, le=1, title="Q exponent", description="Power of frequency in Q(f)"
    )
    kappa_s: float = Field(
        default=0.04, ge=0, title="Kappa", description="High-frequency decay at the site, s"
    )
    kappa_error_s: float = Field(
        default=0.02, gt=0, title="Error of kappa", description="Its scatter between sites, s"
    )
    crossover_km: float = Field(
        default=100.0,
        gt=0,
        title="Crossover",
        description="Distance beyond which amplitudes fall with the root of the distance, km",
    )
    stress_drop_mpa: float = Field(
        default=4.0,
        gt=0,
        title="Stress drop",
        description="Likely stress drop of the Brune source, megapascal",
    )
    stress_drop_decades: float = Field(
        default=0.3,
        gt=0,
        title="Scatter of the stress drop",
        description="Standard deviation of its decimal logarithm",
    )
    site_amplification: float = Field(
        default=1.0,
        gt=0,
        title="Site",
        description="Amplification of soil and building over rock",
    )
    least_signal_to_noise: float = Field(
        default=3.0,
        gt=1,
        title="Signal to noise",
        description="A frequency counts where the signal stands so far above the noise before P",
    )
    farthest_km: float = Field(
        default=400.0,
        gt=0,
        title="Farthest distance",
        description="Hypocentral distance up to which a station counts, km",
    )
    station_error: float = Field(
        default=0.2,
        gt=0,
        title="Error of one station",
        description="Standard error of Mw that radiation and site leave at one station",
    )


class MagnitudeConfig(BaseModel):
    """How magnitudes are made."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    least_window_s: float = Field(
        default=1.0,
        ge=0,
        title="Least window of P",
        description="Seconds of data after the onset from which a displacement counts, s",
    )
    station_error: float = Field(
        default=0.4,
        gt=0,
        title="Error of one station",
        description="Standard error of the magnitude from one station, units of magnitude",
    )
    tau_c_error: float = Field(
        default=0.6,
        gt=0,
        title="Error of one station's period",
        description="Standard error of the magnitude from the period of P at one station",
    )
    nearest_km: float = Field(
        default=10.0,
        gt=0,
        title="Nearest distance",
        description="Distances are not taken smaller than this, the source has a depth, km",
    )
    least_stations: int = Field(
        default=3,
        ge=1,
        title="Least stations",
        description="From so many stations Mw is preferred to ML, and ML to the early magnitude",
    )
    corrections: bool = Field(
        default=True,
        title="Station corrections",
        description="Whether to learn what each station says too much, and to take it off",
    )
    correction_events: float = Field(
        default=4.0,
        ge=0,
        title="Weight of no knowledge",
        description="So many events without a residual count beside those that a station measured",
    )
    correction_stations: int = Field(
        default=4,
        ge=2,
        title="Stations to learn from",
        description="Residuals of an event count where so many stations gave that kind",
    )
    local: LocalConfig = Field(
        default=LocalConfig(), title="ML", description="From the Wood-Anderson amplitude"
    )
    moment: MomentConfig = Field(
        default=MomentConfig(), title="Mw", description="From the displacement spectrum"
    )
