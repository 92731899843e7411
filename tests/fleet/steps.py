"""The second half of the line, from the first start of a station on; each step is looked at twice.

What the station keeps and what the centre says of it must agree.
"""

import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Protocol

from edge.detect.sta_lta import STA_LTA
from edge.mqtt import TlsConfig
from edge.update.record import End, Record
from tests.fleet.commands import until
from tests.fleet.house import House
from tests.fleet.telling import Telling

NETWORK, STATION = "XX", "KARA1"
NAME = f"{NETWORK}.{STATION}"
PHASES = ("fetched", "verified", "preflight", "shadow", "probation", "committed")
_PATIENCE_S = 600.0
_PAUSE_S = 1.0
"""Between two looks by a command, which itself takes as long."""


class Running(Protocol):
    """A station whose agent runs."""

    @property
    def log(self) -> Path:
        """What the agent says, JSON lines."""

    @property
    def record(self) -> Record:
        """How its updates stand."""

    @property
    def token(self) -> Path:
        """Where its token lies until it is used."""

    @property
    def identity(self) -> TlsConfig:
        """What it is let in with."""

    def troubles(self) -> str:
        """Return the agent's last words."""


class Steps:
    """The line.

    Args:
        telling: Hears of each step.
        house: The centre, at work.
        station: The station.
    """

    def __init__(self, telling: Telling, house: House, station: Running) -> None:
        self._telling = telling
        self._house = house
        self._station = station

    def enrols(self) -> None:
        """The token becomes a certificate, and is gone; the centre hears the station by TLS."""
        with self._telling.step("it enrols, and is heard over TLS") as facts:
            state = self._until(self._online, "state of the station at the centre")
            (enrolled,) = self._house.centre_json(
                "station", "enrolments", "--config", self._house.config
            )
            facts |= {"agent": state["agent_version"], "certificate until": enrolled["until"]}
        assert "enrolled" == enrolled["standing"]
        assert not self._station.token.exists()

    def triggers(self) -> None:
        """An earthquake is seen by the network in charge, and stands on the centre's page."""
        with self._telling.step("the earthquake comes, and triggers") as facts:
            trigger = self._until(self._trigger, "trigger at the centre")
            facts |= {"onset": trigger["onset"], "fired": ", ".join(sorted(_fired(trigger)))}

    def commits(self, bundle: Path, ring: str) -> None:
        """A network is signed, published, assigned, proven on the ground and committed."""
        self._house.assign(self._house.release(bundle), ring)
        committed = self._until(lambda: self._station.record.committed, "committed network")
        assert bundle.stem == f"{committed.name}-{committed.version}"
        assert list(PHASES) == phases_of(self._station.log)

    def takes(self, bundle: Path) -> None:
        """A network is signed, published, rolled out, proven on the ground and committed."""
        with self._telling.step(f"{bundle.name} is signed and published"):
            model = self._house.release(bundle)
        with self._telling.step("the centre rolls it out, and the station commits it") as facts:
            rollout = self._house.start_rollout(model)
            stood = self._until_rollout(rollout, "finished")
            seen = phases_of(self._station.log)
            facts |= {"phases": " > ".join(seen), **stood["rings"]}
        assert list(PHASES) == seen
        record = self._station.record
        assert record.committed is not None
        assert bundle.stem == f"{record.committed.name}-{record.committed.version}"
        assert {"start", "finish"} <= {line["action"] for line in stood["audit"]}

    def refuses(self, bundle: Path) -> None:
        """A network that does not do well beside the old one never comes in charge."""
        with self._telling.step(f"{bundle.name}, which is bad, is signed and published"):
            model = self._house.release(bundle)
        before = self._station.record.committed
        with self._telling.step("the station rejects it, and the centre stops it") as facts:
            rollout = self._house.start_rollout(model)
            stood = self._until_rollout(rollout, "stopped")
            last = self._station.record.last
            assert last is not None
            facts |= {"reason": last.reason}
        assert End.REJECTED is last.end
        assert self._station.record.is_quarantined(last.sha256)
        assert before is not None
        assert before == self._station.record.committed
        assert "stop" in {line["action"] for line in stood["audit"]}

    def is_shut_out(self) -> None:
        """A stolen station: its certificate opens nothing any more."""
        with self._telling.step("it is revoked, and does not come in again"):
            self._house.centre("station", "revoke", NAME, "--config", self._house.config)
            identity = self._station.identity
            self._until(lambda: not self._house.lets_in(identity) or None, "closed door")
            (enrolled,) = self._house.centre_json(
                "station", "enrolments", "--config", self._house.config
            )
        assert "revoked" == enrolled["standing"]

    def _until(self, look: Callable[[], Any], what: str) -> Any:  # noqa: ANN401 - what is found
        return until(look, what, _PATIENCE_S, self._troubles)

    def _troubles(self) -> str:
        return f"{self._house.troubles()}\n{self._station.troubles()}"

    def _online(self) -> dict[str, Any] | None:
        state = self._house.station(NAME)
        return state if state is not None and state["online"] else None

    def _trigger(self) -> dict[str, Any] | None:
        """Return a trigger of the network in charge, not of STA/LTA alone."""
        found: list[dict[str, Any]] = self._house.get("/api/v1/triggers") or []
        return next((one for one in found if _fired(one) - {STA_LTA}), None)

    def _until_rollout(self, name: str, state: str) -> dict[str, Any]:
        def look() -> dict[str, Any] | None:
            time.sleep(_PAUSE_S)
            stood = self._house.rollout(name)
            assert stood["state"] in {state, "running", "returning"}, stood["reason"]
            return stood if stood["state"] == state else None

        found: dict[str, Any] = self._until(look, f"rollout that is {state}")
        return found


def _fired(trigger: dict[str, Any]) -> set[str]:
    return {one["name"] for one in trigger["detectors"] if one["fired"]}


def phases_of(log: Path) -> list[str]:
    """Return the phases that an agent's log tells of, in order."""
    seen = []
    for line in log.read_text(errors="replace").splitlines():
        try:
            told = json.loads(line)
        except ValueError:
            continue
        match told.get("event"):
            case "update_fetched":
                seen.append("fetched")
            case "update_phase":
                seen.append(told["phase"])
            case "update_committed":
                seen.append("committed")
    return seen
