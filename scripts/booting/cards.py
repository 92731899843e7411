"""A station's card, by the kit's own commands."""

import json
import secrets
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from scripts.booting.centre import Centre
from scripts.booting.sdcard import write_card
from scripts.booting.system import PYTHON, Architecture
from scripts.booting.tools import run

AGENT: Final = str(Path(sys.executable).with_name("edge-agent"))
STATION: Final = "XX.KARA1"
USER: Final = "keeper"
EARTHQUAKE_EVERY_S: Final = 60
_SYSTEM: Final = """
board = "{board}"

[user]
name = "{user}"
password_hash = "{hash}"
passwordless_sudo = true
"""
_STATION: Final = """
[station]
network = "XX"
station = "KARA1"
latitude = 46.95
longitude = 7.44

[source]
type = "synthetic"
latitude = 46.95
longitude = 7.44
repeat_every_s = {every}

[[source.earthquakes]]
origin_time = "2026-01-01T00:00:00Z"
latitude = 46.90
longitude = 7.50
depth_km = 8
magnitude = 4.5

[enrolment]
retry_s = 10
"""


def build_wheels(kind: Architecture, out: Path) -> None:
    """Build the wheelhouse of this checkout."""
    # Of a PC the wheels are larger than those of a board, for which the limit is meant.
    limit = ("--limit", "90")
    target = ("--platform", kind.platform, "--python", PYTHON)
    run(AGENT, "wheelhouse", *target, *limit, "--out", out)


@dataclass
class Desk:
    """What lies on the desk of a person who makes cards.

    Args:
        folder: For files and images.
        kind: Of computer.
        image: The system's.
        wheels: The wheelhouse.
    """

    folder: Path
    kind: Architecture
    image: Path
    wheels: Path
    password: str = field(default_factory=lambda: secrets.token_urlsafe(9))
    record: dict[str, Any] = field(default_factory=dict)
    """What `provision` said of the last card."""

    def card(self, centre: Centre, out: Path, more: str = "", *options: str | Path) -> Path:
        """Make a station's card, with a token of its own.

        Args:
            centre: Lets the station in.
            out: The card.
            more: Of the station file.
            options: Of `edge-agent provision`.

        Raises:
            BootError: A command fails.
        """
        self.folder.mkdir(parents=True, exist_ok=True)
        station, system, token = (
            self.folder / name for name in ("KARA1.toml", "system.toml", "token")
        )
        station.write_text(_STATION.format(every=EARTHQUAKE_EVERY_S) + more)
        hashed = run("openssl", "passwd", "-6", self.password).strip()
        system.write_text(_SYSTEM.format(board=self.kind.board, user=USER, hash=hashed))
        image = self.folder / "KARA1.img"
        said = run(
            *(AGENT, "provision", station, "--system", system, "--wheelhouse", self.wheels),
            *("--image", self.image, "--out", image, "--token", centre.token(STATION, token)),
            *("--json", *options),
        )
        self.record = json.loads(said)
        write_card(image, out)
        image.unlink()
        return out
