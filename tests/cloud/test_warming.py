"""The centre's compiled functions are ready before it listens."""

from cloud.association.coarse import starts
from cloud.association.evidence import weigh
from cloud.posterior import zoom
from cloud.warming import warm_up
from edge.messages import EventStatus


def test_warming_up_goes_the_whole_way() -> None:
    """An earthquake is found, located and declared: search, location and judgement have run."""
    events = warm_up()

    assert EventStatus.DECLARED == events[-1].status
    assert abs(events[-1].latitude) < 0.2
    assert abs(events[-1].longitude) < 0.2
    assert all(function.signatures for function in (starts, weigh, zoom))  # type: ignore[attr-defined]
