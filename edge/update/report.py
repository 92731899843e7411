"""What one look came to, kind by kind."""

from dataclasses import dataclass, field
from typing import Any

from edge.update.decide import Act
from edge.update.record import Record
from edge.update.targets import Kind


@dataclass(slots=True)
class Part:
    """What a look came to for one kind."""

    act: str = Act.NOTHING.value
    reason: str = ""
    record: Record = field(default_factory=Record)

    def as_dict(self) -> dict[str, Any]:
        """Return it for JSON."""
        record = self.record.model_dump(mode="json")
        record.pop("format")
        return {"act": self.act, "reason": self.reason, "record": record}


@dataclass(slots=True)
class Report:
    """What one look came to."""

    source: str
    unchanged: bool = False
    """The repository says what it said before."""
    requests: int = 0
    received_bytes: int = 0
    parts: dict[Kind, Part] = field(default_factory=dict)

    def part(self, kind: Kind) -> Part:
        """Return the part of a kind."""
        return self.parts.setdefault(kind, Part())

    @property
    def act(self) -> str:
        """What was done about the network."""
        return self.part(Kind.MODEL).act

    @property
    def reason(self) -> str:
        """Why."""
        return self.part(Kind.MODEL).reason

    @property
    def record(self) -> Record:
        """What is kept of networks."""
        return self.part(Kind.MODEL).record

    def as_dict(self) -> dict[str, Any]:
        """Return the report for JSON: networks at the top, other kinds by name."""
        others = {
            kind.value: part.as_dict()
            for kind, part in self.parts.items()
            if kind is not Kind.MODEL
        }
        counts = {
            "source": self.source,
            "unchanged": self.unchanged,
            "requests": self.requests,
            "received_bytes": self.received_bytes,
        }
        return counts | self.part(Kind.MODEL).as_dict() | others
