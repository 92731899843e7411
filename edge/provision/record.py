"""One page for the field notebook: what was made, of what, and what to do next."""

import base64
import hashlib
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Final

from edge.provision.kit import ETC, STATION, TOKEN, TRUST
from edge.provision.order import Card, root_key_ids
from edge.timestamps import format_time

_WIDTH: Final = 14
DRY_RUN: Final = "nothing (dry run)"
"""What a dry run has made."""


@dataclass(frozen=True)
class Record:
    """What was made."""

    station: str
    made: str
    """The image, the folder or the archive."""
    image: str | None
    """The system's image."""
    image_sha256: str | None
    first_boot: str | None
    """In which form the computer is told."""
    hostname: str | None
    user: str | None
    ssh_keys: list[str]
    """Fingerprints."""
    wifi: str | None
    board: str | None
    config_txt: list[str]
    source: str
    broker: str
    agent: str
    platform: str
    python: str
    model: str
    trust_sha256: str | None
    trust_keys: list[str]
    has_token: bool
    token_id: str | None
    """What the centre calls it; no secret."""
    token_expires: str | None
    files: int
    size_bytes: int
    manifest_sha256: str
    by_hand: list[str]
    notes: list[str]

    def as_dict(self) -> dict[str, object]:
        """Return the record for JSON."""
        return asdict(self)

    def page(self) -> str:
        """Return the page."""
        rows: list[tuple[str, str | None]] = [
            ("station", self.station),
            ("made", self.made),
            ("image", self.image),
            ("  sha256", self.image_sha256),
            ("first boot", self.first_boot),
            ("board", self.board),
            ("host name", self.hostname),
            ("user", self.user),
            *(("  key", key) for key in self.ssh_keys),
            ("wifi", self.wifi),
            ("source", self.source),
            *(("  config.txt", line) for line in self.config_txt),
            ("broker", self.broker),
            ("agent", f"{self.agent} for {self.platform}, Python {self.python}"),
            ("network", self.model),
            ("trust", self.trust_sha256),
            *(("  key id", key) for key in self.trust_keys),
            ("token", self._token()),
            ("kit", f"{self.files} files, {self.size_bytes / 1e6:.1f} MB"),
            ("  sha256", self.manifest_sha256),
        ]
        lines = [f"{name:<{_WIDTH}}{text}" for name, text in rows if text is not None]
        return "\n".join([*lines, "", *_steps(self)]) + "\n"

    def _token(self) -> str | None:
        if not self.has_token:
            return None
        return f"{self.token_id}, until {self.token_expires}; wiped at the first boot"


def record_of(
    card: Card,
    made: str,
    *,
    image: tuple[str, str] | None = None,
    first_boot: str | None = None,
    size_bytes: int,
    notes: Iterable[str] = (),
) -> Record:
    """Return the record of a card.

    Args:
        card: What was ordered.
        made: What came of it.
        image: Name and hash of the system's image.
        first_boot: Form of telling.
        size_bytes: Of all files of the kit.
        notes: What else is to be known.
    """
    system = card.system
    trust = card.kit.get(f"etc/{TRUST}")
    root = trust if isinstance(trust, bytes) else None
    sums = card.kit["SHA256SUMS"]
    return Record(
        station=card.name,
        made=made,
        image=None if image is None else image[0],
        image_sha256=None if image is None else image[1],
        first_boot=first_boot,
        hostname=None if system is None else card.computer.hostname,
        user=None if system is None else system.user.name,
        ssh_keys=[] if system is None else [fingerprint(key) for key in system.user.ssh_keys],
        wifi=_wifi(card),
        board=None if card.board is None else card.board.title,
        config_txt=card.firmware_lines,
        source=card.config.source.type,
        broker=_broker(card),
        agent=f"tremorkit {card.house.kit}",
        platform=card.house.platform,
        python=card.house.python,
        model=_model(card),
        trust_sha256=None if root is None else hashlib.sha256(root).hexdigest(),
        trust_keys=[] if root is None else root_key_ids(root),
        has_token=TOKEN in card.kit,
        token_id=None if card.ticket is None else card.ticket.token_id,
        token_expires=None if card.ticket is None else format_time(card.ticket.expires),
        files=len(card.kit),
        size_bytes=size_bytes,
        manifest_sha256=hashlib.sha256(sums if isinstance(sums, bytes) else b"").hexdigest(),
        by_hand=card.by_hand,
        notes=[*card.warnings, *notes],
    )


def fingerprint(key: str) -> str:
    """Return the fingerprint of a public key as `ssh-keygen -l` shows it, and its comment."""
    _, blob, *comment = key.split(" ", 2)
    digest = hashlib.sha256(base64.b64decode(blob)).digest()
    shown = base64.b64encode(digest).decode().rstrip("=")
    return " ".join([f"SHA256:{shown}", *comment])


def _broker(card: Card) -> str:
    """Return where the station looks for its broker: what its file leaves out the token says."""
    mqtt, ticket = card.config.mqtt, card.ticket
    host, port, by_tls = mqtt.host, mqtt.port, mqtt.tls is not None
    if ticket is not None:
        given, by_tls = mqtt.model_fields_set, True
        host = host if "host" in given else ticket.broker
        port = port if "port" in given else ticket.broker_port
    return f"{host}:{port}{' by TLS' if by_tls else ''}"


def _wifi(card: Card) -> str | None:
    wifi = None if card.system is None else card.system.wifi
    if wifi is None:
        return None
    return f"{wifi.ssid} ({wifi.security}, {wifi.country}{', hidden' if wifi.hidden else ''})"


def _model(card: Card) -> str:
    model = card.config.detection.model
    if not model.enabled:
        return "none, STA/LTA alone"
    name = "tremor_stream" if model.bundle is None else model.bundle.name
    return name if card.model_sha256 is None else f"{name}, sha256 {card.model_sha256}"


def _steps(record: Record) -> list[str]:
    host = f"{record.user}@{record.hostname}.local"
    steps = [f"on the board: {line}" for line in record.by_hand]
    if record.first_boot is None:
        made = f"{record.station}.tar" if record.made == DRY_RUN else record.made
        steps += [f"tar xf {made} && sudo sh edge-kit/install.sh"]
    else:
        steps += [
            "put the card in, connect sensor and power; the first boot takes some minutes",
            f"ssh -t {host} sudo edge-agent watch -c {ETC}/{STATION}",
            "without a network: edge-kit/doctor.json on the card says what was found",
        ]
    return ["next:", *(f"  {step}" for step in steps), *(f"note: {note}" for note in record.notes)]
