"""What all parts of the picture share."""

from pydantic import BaseModel, ConfigDict


class View(BaseModel):
    """Base of what the screen is told: frozen, finite numbers only."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)
