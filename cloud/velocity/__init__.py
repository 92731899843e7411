"""One-dimensional velocity models: `iasp91()` built in, or `load_velocity_model(path)`."""

from cloud.velocity.files import iasp91, load_velocity_model
from cloud.velocity.model import VelocityModel

__all__ = ["VelocityModel", "iasp91", "load_velocity_model"]
