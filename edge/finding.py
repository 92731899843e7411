"""What a check says of one thing that it looked at."""

from dataclasses import asdict, dataclass

from edge.errors import TremorError


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at."""

    subject: str
    ok: bool
    text: str

    def as_dict(self) -> dict[str, object]:
        """Return the finding for JSON."""
        return asdict(self)


class WantingError(TremorError):
    """A check found something to mend; the text says what and how."""
