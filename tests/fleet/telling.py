"""What a long test tells the person who waits for it, and what it leaves behind."""

import json
import platform
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import edge

Facts = dict[str, Any]


@dataclass
class Telling:
    """Steps, one line each with its seconds.

    Attributes:
        say: Shows a line.
        steps: What was done, in order.
    """

    say: Callable[[str], None]
    steps: list[Facts] = field(default_factory=list)

    @contextmanager
    def step(self, title: str) -> Iterator[Facts]:
        """Time a step; what is put into the yielded dictionary is told with it."""
        self.say(f"{len(self.steps) + 1:2}. {title} ...")
        facts: Facts = {}
        begin_s = time.monotonic()
        yield facts
        took_s = round(time.monotonic() - begin_s, 1)
        self.steps.append({"step": title, "seconds": took_s, **facts})
        shown = ", ".join(f"{key} {value}" for key, value in facts.items())
        self.say(f"      {took_s:6.1f} s  {shown}")

    @property
    def seconds(self) -> float:
        """All of them."""
        return round(sum(float(one["seconds"]) for one in self.steps), 1)

    def write(self, path: Path, **more: object) -> None:
        """Leave a report."""
        report = {
            "agent": edge.__version__,
            "machine": platform.machine(),
            "python": platform.python_version(),
            "seconds": self.seconds,
            **more,
            "steps": self.steps,
        }
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(report, indent=2) + "\n")
