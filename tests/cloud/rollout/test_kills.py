"""A centre that dies at any moment of a rollout goes on where it was, and does nothing twice.

The moments are those around what outlives it: before and after each write to the database, before
and after each signature.
"""

from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from cloud.release.listing import assignments
from cloud.release.online import Online
from cloud.rollout.conductor import Conductor
from cloud.rollout.log import RolloutLog
from cloud.rollout.plan import RingPlan, RolloutPlan, RolloutsConfig
from cloud.rollout.rollout import RolloutState
from tests.cloud.rollout import test_fleet
from tests.cloud.rollout.conftest import Offered
from tests.cloud.rollout.fleet import Nature
from tests.cloud.rollout.test_fleet import LIVE, Centre

RINGS = {"canary": 3, "all": 2}
PLAN = RolloutPlan(rings=tuple(RingPlan(name=name, soak_s=0.0) for name in RINGS))
_MOST_LOOKS = 120
_MOST_MOMENTS = 90
_SLOW = [pytest.param(number, marks=pytest.mark.slow) for number in range(5, _MOST_MOMENTS, 2)]
"""After one write is before the next: every second moment is all of them."""


class KilledError(BaseException):
    """The process is gone."""


class Death:
    """Kills at one of the moments.

    Attributes:
        met: Moments so far.
    """

    def __init__(self, at: int | None) -> None:
        self.at = at
        self.met = 0

    def around(self, work: Callable[..., Any]) -> Callable[..., Any]:
        """Return a call that may die before it does anything, or after it did all."""

        def dying(*args: Any, **kwargs: Any) -> Any:  # noqa: ANN401 - any method
            self._moment()
            result = work(*args, **kwargs)
            self._moment()
            return result

        return dying

    def _moment(self) -> None:
        self.met += 1
        if self.met - 1 == self.at:
            raise KilledError


def played(
    centre: Centre, offered: Offered, monkeypatch: pytest.MonkeyPatch, at: int | None
) -> int:
    """Play a rollout to its end, killed at a moment; return how many moments there were."""
    death = Death(at)
    monkeypatch.setattr(RolloutLog, "save", death.around(RolloutLog.save))
    monkeypatch.setattr(Online, "assign", death.around(Online.assign))
    for _ in range(_MOST_LOOKS):
        try:
            centre.conductor.look()
        except KilledError:
            # Another process: it knows what is on the disks, and nothing else.
            centre.conductor = Conductor(
                RolloutsConfig(),
                offered.updates,
                offered.repository,
                centre.store,
                lambda: centre.fleet.now_ns,
            )
            centre.conductor.look()
        if centre.get("r-2").state not in LIVE:
            break
        centre.fleet.live()
    return death.met


@pytest.fixture
def centre(tmp_path: Path, offered: Offered, monkeypatch: pytest.MonkeyPatch) -> Centre:
    """Return a centre with a rollout that is about to begin."""
    monkeypatch.setattr(test_fleet, "PLAN", PLAN)
    found = Centre(f"sqlite:///{tmp_path / 'centre.sqlite'}", offered, RINGS)
    found.start(2)
    return found


@pytest.mark.parametrize("at", [None, 1, 3, *_SLOW])
def test_a_good_network_reaches_all_whenever_the_centre_dies(
    centre: Centre, offered: Offered, monkeypatch: pytest.MonkeyPatch, at: int | None
) -> None:
    """Every ring is told once in the audit, every station commits once."""
    moments = played(centre, offered, monkeypatch, at)
    said = centre.log.audit("r-2", 999)
    ended = centre.get("r-2")
    centre.store.close()

    if at is None:
        assert 5 < moments <= _MOST_MOMENTS
    counts = Counter((line.action, line.ring, line.station) for line in said)
    assert RolloutState.FINISHED is ended.state
    assert {1} == {counts[("assign", ring, None)] for ring in RINGS}
    assert {1} == {counts[("ring", ring, None)] for ring in RINGS}
    assert 5 == sum(count for key, count in counts.items() if key[0] == "committed")
    assert {"r-2"} == {assignments(offered.repository)[ring].rollout_id for ring in RINGS}


@pytest.mark.parametrize("at", [3, *_SLOW])
def test_a_worse_one_comes_back_whenever_the_centre_dies(
    centre: Centre, offered: Offered, monkeypatch: pytest.MonkeyPatch, at: int | None
) -> None:
    """It is stopped once and told back once; the rings are then told what they were told before."""
    centre.fleet.new = Nature(firings=200.0)
    played(centre, offered, monkeypatch, at)
    said = centre.log.audit("r-2", 999)
    ended = centre.get("r-2")
    left = assignments(offered.repository)["canary"]
    centre.store.close()

    counts = Counter(line.action for line in said)
    assert RolloutState.STOPPED is ended.state
    assert (1, 1, 3) == (counts["stop"], counts["stopped"], counts["assign"])
    assert ("r-1", ()) == (left.rollout_id, left.leaving)
    assert {1} == centre.fleet.versions("canary")
