"""Section [picking] of the centre's file."""

from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

Provider = Literal["cpu", "cuda", "tensorrt"]
_SECTION = ConfigDict(frozen=True, extra="forbid")


class BundleNetworkConfig(BaseModel):
    """A network of the kit."""

    model_config = _SECTION

    type: Literal["bundle"] = Field(default="bundle", title="Type", description="A model bundle")
    bundle: Path | None = Field(
        default=None,
        title="Bundle",
        description="File NAME-VERSION.tremor with model.onnx; the one that comes with the centre "
        "where left out",
    )


class SeisBenchNetworkConfig(BaseModel):
    """A network of SeisBench (GPL-3): `pip install 'tremorkit[seisbench]'`."""

    model_config = _SECTION

    type: Literal["seisbench"] = Field(
        title="Type", description="A model of SeisBench with any weights that you have"
    )
    model: str = Field(
        default="PhaseNet", title="Model", description="Class of seisbench.models, as EQTransformer"
    )
    weights: str = Field(
        title="Weights",
        description="Name that SeisBench knows, such as `instance`, or a file NAME.pt with "
        "NAME.json beside it, as save() of the model writes them",
    )


NetworkConfig = Annotated[BundleNetworkConfig | SeisBenchNetworkConfig, Field(discriminator="type")]


class RayConfig(BaseModel):
    """Where the picker runs with `engine = "ray"`."""

    model_config = _SECTION

    address: str | None = Field(
        default=None,
        title="Address",
        description="Of a Ray cluster, as ray://head.example.org:10001 or auto; a Ray of its own "
        "on this machine where left out",
    )
    actors: int = Field(
        default=1, ge=1, le=1024, title="Actors", description="Pickers in the cluster"
    )
    gpus_per_actor: float = Field(
        default=0.0,
        ge=0,
        title="GPUs",
        description="Share of a GPU that each actor takes, num_gpus",
    )


class PickingConfig(BaseModel):
    """The deep picker."""

    model_config = _SECTION

    network: NetworkConfig = Field(
        default=BundleNetworkConfig(), title="Network", description="What picks"
    )
    p_threshold: float | None = Field(
        default=None,
        gt=0,
        le=1,
        title="P threshold",
        description="Least probability of a P pick; that of the network's card where left out, 0.3 "
        "where it has none",
    )
    s_threshold: float | None = Field(
        default=None, gt=0, le=1, title="S threshold", description="The same for S"
    )
    providers: tuple[Provider, ...] = Field(
        default=("tensorrt", "cuda", "cpu"),
        min_length=1,
        title="Providers",
        description="Of ONNX Runtime, best first; those that are not installed, or that do not "
        "give the golden answers, are passed over",
    )
    engine: Literal["local", "ray"] = Field(
        default="local", title="Engine", description="Processes on this machine, or Ray"
    )
    workers: int = Field(
        default=1, ge=1, le=64, title="Workers", description="Processes of the local engine"
    )
    threads: int = Field(
        default=1, ge=1, le=64, title="Threads", description="Of each worker's arithmetic"
    )
    max_batch: int = Field(
        default=64,
        ge=1,
        le=1024,
        title="Largest batch",
        description="Windows that a worker is given at once; what waits is taken together, a "
        "request that comes alone goes alone",
    )
    queue_windows: int = Field(
        default=2000,
        ge=1,
        title="Queue",
        description="Windows that wait at most; more are refused",
    )
    deadline_s: float = Field(
        default=60.0,
        gt=0,
        title="Deadline",
        description="Seconds after which a request is given up",
    )
    ray: RayConfig = Field(default=RayConfig(), title="Ray", description="For engine = ray")
