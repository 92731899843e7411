"""S inside the life of a trigger is told once, when it lasts."""

from edge.detect.base import Frame
from edge.grid import HOP_NS
from edge.trigger.later_s import LaterS, SWatch

_P = {"noise": 0.0, "P": 0.9, "S": 0.1}
_S = {"noise": 0.0, "P": 0.2, "S": 0.8}


def _told(hops: list[dict[str, float]], missing: int | None = None) -> list[LaterS]:
    watch = SWatch()
    seen = [
        watch.push(number * HOP_NS, [Frame(number * HOP_NS, 0.9, probabilities)])
        for number, probabilities in enumerate(hops, start=1)
        if number != missing
    ]
    return [found for found in seen if found is not None]


def test_lasting_s_is_told_once_with_its_first_hop() -> None:
    """Four hops of S tell of it, with the end of the first; more hops tell nothing new."""
    (found,) = _told([_P, _P, *[_S] * 9])

    assert LaterS(3 * HOP_NS, _S) == found


def test_single_hops_of_s_are_not_s() -> None:
    """S for less than a second, again and again, is the coda of P."""
    assert [] == _told([_S, _S, _S, _P] * 5)


def test_a_missing_hop_breaks_the_run() -> None:
    """Three hops, a hole, one hop: not a second of S."""
    assert [] == _told([_S] * 5, missing=4)


def test_detectors_without_probabilities_say_nothing_of_s() -> None:
    """STA/LTA alone never makes an S."""
    assert [] == _told([{}] * 10)


def test_one_answer_that_holds_for_a_second_is_not_enough() -> None:
    """A network that speaks once a second must say S twice; its word holds between its hops."""
    watch = SWatch()
    told = []
    for number in range(4, 12):
        answer = Frame(number // 4 * 4 * HOP_NS, 0.9, _S)
        told.append(watch.push(number * HOP_NS, [answer]))

    assert [None] * 4 + [LaterS(4 * HOP_NS, _S)] + [None] * 3 == told
