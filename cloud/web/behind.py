"""What the web side serves beside the live picture."""

from dataclasses import dataclass, field
from pathlib import Path

from cloud.identity import IdentityConfig
from cloud.store import Keeper, Store
from cloud.waveforms import WaveformArchive


@dataclass(frozen=True, slots=True)
class Behind:
    """The parts of a centre that stand behind its addresses."""

    store: Store
    keeper: Keeper
    waveforms: WaveformArchive
    answer_max_bytes: int
    """Largest answer with waveforms."""
    identity: IdentityConfig = field(default_factory=IdentityConfig)
    updates: Path | None = None
    """Repository of networks for stations; None where none is served."""
