"""Where we stand: the goals, what was reached, and how sure the figures are."""

from training.score.board import Board
from training.score.continuous import BEFORE_TEST, SURROGATES, FalseTriggers, Standing
from training.score.counts import Proportion
from training.score.obspy_sta_lta import NAME as OBSPY
from training.score.schemes import SchemeScore
from training.score.summary import Delay, Rate

GOAL_SHARE = 0.98
GOAL_FALSE_A_DAY = 1.0
GOAL_DELAY_S = 1.0
GOAL_LOSS_POINTS = {"int8": 0.2, "int16x8": 0.05}
GOAL_CPU_S = 0.35


def where_we_stand(board: Board) -> str:
    """Return one paragraph about the first row."""
    ours = board.ours
    sentences = [
        _found(ours),
        _false(ours.false),
        _delay(ours.summary.fired_after_p, ours.summary.sent_after_p),
        *_losses(board),
        _cost(ours),
        _beside(board),
    ]
    return " ".join(sentence for sentence in sentences if sentence)


def _found(ours: Standing) -> str:
    found = ours.summary.detected
    if not found.of:
        return "No test record has 2 gal or more: nothing is known of the share detected."
    low, high = found.interval
    verdict = "reached" if found.share >= GOAL_SHARE else "not reached"
    sure = (
        ""
        if low >= GOAL_SHARE or high < GOAL_SHARE
        else f", but {found.of} records cannot prove it: 95 % interval {_percent(found)}"
    )
    return (
        f"`{ours.name}` detects {found.hit} of {found.of} test records of 2 gal and more "
        f"({found.share:.1%}; goal 98 %: {verdict}{sure})."
    )


def _false(false: dict[str, FalseTriggers]) -> str:
    told = []
    for kind, words in ((BEFORE_TEST, "recorded noise"), (SURROGATES, "surrogates of it")):
        if kind in false:
            rate = false[kind].sent
            told.append(f"{rate.count} in {rate.hours:.1f} h of {words} ({_rate(rate)} a day)")
    rates = [one.sent for kind, one in false.items() if kind in {BEFORE_TEST, SURROGATES}]
    verdict = _verdict(sum(rates, Rate(0, 0.0)))
    return f"It sends {' and '.join(told)} false triggers; goal one a station-day: {verdict}."


def _verdict(rate: Rate) -> str:
    low, high = rate.interval
    if high <= GOAL_FALSE_A_DAY:
        return "reached in stationary noise"
    if low > GOAL_FALSE_A_DAY:
        return "not reached"
    return f"neither proven nor disproven, {rate.hours:.0f} h together are too few"


def _delay(fired: Delay | None, sent: Delay | None) -> str:
    if fired is None or sent is None:
        return "No record with a P pick was detected: nothing is known of the delay."
    verdict = "reached" if fired.median_s <= GOAL_DELAY_S else "not reached"
    return (
        f"It fires {fired.median_s:.2f} s after P in the median and {fired.p90_s:.2f} s in nine of "
        f"ten of {fired.records} records (goal 1.0 s: {verdict}); with the packets of one second "
        f"that these stations send, the trigger can leave after {sent.median_s:.2f} s."
    )


def _losses(board: Board) -> list[str]:
    ours = board.entries[0].name if board.entries else ""
    return [
        _loss(score)
        for score in board.schemes
        if score.scheme in GOAL_LOSS_POINTS and score.name.startswith(f"{ours} ")
    ]


def _loss(score: SchemeScore) -> str:
    goal = GOAL_LOSS_POINTS[score.scheme]
    low, high = score.interval_points
    verdict = "reached" if score.loss_points <= goal else "not reached"
    sure = ", within the uncertainty" if low <= goal < high else ""
    return (
        f"{score.scheme} loses {score.loss_points:.2f} points of F1 against float over "
        f"{score.examples} mixed examples (95 %: {low:.2f} to {high:.2f}; goal {goal:g}: "
        f"{verdict}{sure})."
    )


def _cost(ours: Standing) -> str:
    verdict = "reached" if ours.detector_cpu_s_an_hour <= GOAL_CPU_S else "not reached"
    return (
        f"The network with its preprocessing costs {ours.detector_cpu_s_an_hour:.2f} CPU-s an hour "
        f"of stream, asked {ours.asked_every_s:g} s apart, and the whole pipeline "
        f"{ours.cpu_s_an_hour:.2f} (goal 0.35 at a hop of 1 s: {verdict})."
    )


def _beside(board: Board) -> str:
    peer = board.standing(OBSPY)
    if peer is None:
        return "ObsPy was not installed: the peer is missing."
    found, rate = peer.summary.detected, peer.false.get(SURROGATES, peer.false[BEFORE_TEST]).sent
    median = peer.summary.fired_after_p
    after = "" if median is None else f", {median.median_s:.2f} s after P in the median"
    return (
        f"ObsPy's STA/LTA, tuned on the training events, detects {found.hit} of {found.of}{after}, "
        f"with {rate.a_day:.1f} ({_rate(rate)}) false triggers a day in the same noise."
    )


def _percent(share: Proportion) -> str:
    low, high = share.interval
    return f"{low:.0%} to {high:.0%}"


def _rate(rate: Rate) -> str:
    low, high = rate.interval
    return f"{low:.1f} to {high:.1f}"
