"""What `edge-agent models` shows: the bundles that came with the agent."""

from dataclasses import asdict, dataclass

from rich.table import Table

from edge.bundle import load_bundle
from edge.bundle.shipped import shipped_bundles


@dataclass(frozen=True, slots=True)
class InventoryEntry:
    """One bundle."""

    name: str
    version: int
    task: str
    reading: str
    """How its answers are read; a `value` cannot open a trigger."""
    scheme: str
    size_bytes: int
    rate_hz: float
    window_s: float
    hop_s: float
    sha256: str
    file: str
    summary: str

    def as_dict(self) -> dict[str, object]:
        """Return the entry for JSON."""
        return asdict(self)


def inventory() -> list[InventoryEntry]:
    """Return the bundles by name and version.

    Raises:
        BundleError: One of them is damaged.
    """
    entries = []
    for path in shipped_bundles():
        bundle = load_bundle(path)
        card = bundle.card
        entries.append(
            InventoryEntry(
                name=card.name,
                version=card.version,
                task=card.task,
                reading=card.output.reading,
                scheme=card.quantisation.scheme,
                size_bytes=path.stat().st_size,
                rate_hz=card.input.rate_hz,
                window_s=card.input.window_s,
                hop_s=card.input.hop_s,
                sha256=bundle.sha256,
                file=path.name,
                summary=card.summary,
            )
        )
    return entries


def inventory_table(entries: list[InventoryEntry]) -> Table:
    """Return the table for people."""
    # One space between columns: names are there to be copied, also from 80 characters.
    table = Table(box=None, pad_edge=False, padding=(0, 1, 0, 0))
    table.add_column("name", no_wrap=True)
    for heading in ("version", "task", "scheme"):
        table.add_column(heading)
    for heading in ("kB", "Hz", "window s", "hop s"):
        table.add_column(heading, justify="right")
    for entry in entries:
        table.add_row(
            entry.name,
            str(entry.version),
            entry.task,
            entry.scheme,
            f"{entry.size_bytes / 1000:.0f}",
            f"{entry.rate_hz:g}",
            f"{entry.window_s:g}",
            f"{entry.hop_s:g}",
        )
    return table
