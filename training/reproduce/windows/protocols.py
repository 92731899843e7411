"""The published protocols of the networks of windows, as data."""

from dataclasses import dataclass
from functools import partial
from typing import Final

from training.reproduce.result import Figure
from training.reproduce.windows import figures as rows
from training.reproduce.windows.pick_score import PickScore
from training.reproduce.windows.scores import BinScore, ClassScore, NewScore, ValueScore
from training.reproduce.windows.selection import Selection
from training.reproduce.windows.splits import RandomSplit


@dataclass(frozen=True, slots=True)
class Protocol:
    """What the authors of one network did, and what they got."""

    network: str
    sentence: str
    sources: tuple[str, ...]
    """Data sets on which it was published."""
    recordings: int
    """Recordings that were used, training to test."""
    selection: Selection
    split: RandomSplit
    score: NewScore
    figures: tuple[Figure, ...]
    differs: tuple[str, ...] = ()
    """What of it is not done here, and why."""


_KEPT: Final = (
    "The weights of the lowest loss that the recipe watches are kept; the authors stop by the "
    "training loss and keep the lowest validation loss."
)
_TXED_SPLIT: Final = RandomSplit(test=0.15, validation=0.85 * 0.05)
_NOTEBOOK_IDS: Final = (
    "The authors take ids 150,000 to 160,000 and 100,000 to 110,000 of a list that is not "
    "published; here as many are drawn at random."
)
_SIGNALS: Final = (
    "Published on windows with an earthquake alone: no figure of theirs counts a pick in noise."
)
_TESTED_IN_TRAINING: Final = (
    "The authors' 15,000 test ids begin with the events of their training ids; here the parts "
    "share events, as far as a random split makes them, but no recording."
)
_STEAD_IMAGES: Final = RandomSplit(test=0.25, validation=0.75 * 0.2)
_PREPARED: Final = (
    "The authors remove the response of each instrument, round to 16 bits and drop windows above 2 "
    "g; that needs a server's metadata and is left out, as the window is scaled anyway."
)
_CHOSEN_ON_TEST: Final = (
    "The authors choose the best epoch by the part that they report; the column of the published "
    "split does so too."
)

_ALL: Final = (
    Protocol(
        network="cred",
        sentence="All of STEAD parted at random 85/5/10; a window fires where a bin passes 0.05.",
        sources=("stead",),
        recordings=1_136_116,
        selection=Selection(),
        split=RandomSplit(test=0.10, validation=0.05),
        score=BinScore,
        figures=rows.bins(),
        differs=(
            (
                "The authors also change the windows of the validation part, and their test leaves "
                "out what does not fill a batch; neither is done here."
            ),
        ),
    ),
    Protocol(
        network="eqd_classifier",
        sentence="TXED, raw counts, parted at random, 15 % to test.",
        sources=("txed",),
        recordings=20_000,
        selection=Selection(earthquakes=10_000, noises=10_000),
        split=_TXED_SPLIT,
        score=partial(ClassScore, positive="noise"),
        figures=rows.classes("noise", {"accuracy": 99.83}, "paper, on TXED"),
        differs=(
            (
                "The number of windows behind the paper's figure is not known; taken are those of "
                "the notebook."
            ),
            _NOTEBOOK_IDS,
            _KEPT,
        ),
    ),
    Protocol(
        network="eqd_classifier_wide",
        sentence="20,000 windows of TXED, raw counts, parted at random, 15 % to test.",
        sources=("txed",),
        recordings=20_000,
        selection=Selection(earthquakes=10_000, noises=10_000),
        split=_TXED_SPLIT,
        score=partial(ClassScore, positive="noise"),
        figures=rows.classes(
            "noise",
            {"accuracy": 99.79, "precision": 99.69, "recall": 99.89, "f1": 99.79},
            "the authors' notebook",
        ),
        differs=(_NOTEBOOK_IDS, _KEPT),
    ),
    Protocol(
        network="eqd_picker",
        sentence="100,000 earthquakes of TXED, 15 % to test; the top of each curve is its pick.",
        sources=("txed",),
        recordings=100_000,
        selection=Selection(earthquakes=100_000, noises=0),
        split=_TXED_SPLIT,
        score=PickScore,
        figures=rows.picks({"P": (0.131, 0.309, 97.05)}, "the authors' weights on 15,000 windows"),
        differs=(_SIGNALS, _TESTED_IN_TRAINING, _KEPT),
    ),
    Protocol(
        network="eqd_picker_wide",
        sentence="10,000 earthquakes of TXED, 15 % to test; the top of each curve is its pick.",
        sources=("txed",),
        recordings=10_000,
        selection=Selection(earthquakes=10_000, noises=0),
        split=_TXED_SPLIT,
        score=PickScore,
        figures=rows.picks(
            {"P": (0.147, 0.344, None), "S": (0.183, 0.338, None)}, "the authors' notebook"
        ),
        differs=(_SIGNALS, _TESTED_IN_TRAINING, _KEPT),
    ),
    Protocol(
        network="techtonics_classifier",
        sentence="12,000 pictures of STEAD chunks 1 and 2, parted at random, a quarter to test.",
        sources=("stead",),
        recordings=12_000,
        selection=Selection(earthquakes=7_600, noises=4_400),
        split=_STEAD_IMAGES,
        score=partial(ClassScore, positive="earthquake"),
        figures=rows.classes(
            "earthquake",
            {"accuracy": 98.03, "precision": 99.25, "recall": 97.64},
            "the authors' notebook, 3000 pictures",
        ),
        differs=(
            (
                "The authors keep every epoch and do not tell which they report; here it is that "
                "of the lowest validation loss."
            ),
        ),
    ),
    Protocol(
        network="techtonics_regressor",
        sentence="12,000 pictures of earthquakes of STEAD, parted at random, a quarter to test.",
        sources=("stead",),
        recordings=12_000,
        selection=Selection(earthquakes=12_000, noises=0),
        split=_STEAD_IMAGES,
        score=ValueScore,
        figures=rows.magnitudes(0.1168, "the authors' notebook"),
        differs=(
            (
                "The authors train the same network on the sample of P too (19,553 samples^2); the "
                "zoo has it for the magnitude."
            ),
        ),
    ),
    Protocol(
        network="quake_cnn",
        sentence="P, S and noise of 2 s from near, strong events of STEAD; a fifth to test.",
        sources=("stead",),
        recordings=36_600,
        selection=Selection(
            earthquakes=17_300,
            noises=19_300,
            farthest_km=100.0,
            least_snr_db=40.0,
            least_p_s=2.0,
            least_s_minus_p_s=0.2,
        ),
        split=RandomSplit(test=0.2, validation=0.2, tested_on_validation=True),
        score=partial(ClassScore, positive="P"),
        figures=rows.phases(93.47, "the authors' notebook, 14,687 windows"),
        differs=(
            _CHOSEN_ON_TEST,
            _PREPARED,
            (
                "The authors deal windows, so that P of an event trains and its S tests; here "
                "recordings are dealt. They take events before a date alone, and picks of a weight "
                "above 0.75, which the reader does not keep."
            ),
        ),
    ),
    Protocol(
        network="spectrogram_cnn",
        sentence="Whole records of 400 s of the MEMS network QSIS, a fifth to test.",
        sources=("sac",),
        recordings=1_170,
        selection=Selection(),
        split=RandomSplit(test=0.2, validation=0.2, tested_on_validation=True),
        score=partial(ClassScore, positive="earthquake"),
        figures=rows.classes(
            "earthquake", {"accuracy": 97.0}, "the authors' notebook, 234 records, best 97.44 %"
        ),
        differs=(
            _CHOSEN_ON_TEST,
            (
                "Grey levels of the authors' pictures are scaled to each record; here the limits "
                "are those of TECHTONICS."
            ),
            (
                "Records shorter than 400 s are filled up with noise like their own; the authors "
                "leave them out."
            ),
        ),
    ),
)
PROTOCOLS: Final = {protocol.network: protocol for protocol in _ALL}
