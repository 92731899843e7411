"""A published protocol and the sound one beside it, on whatever data a user has.

Three networks are trained: the published form on the published split, the published form on a
split by event, the sound form on a split by event. The second is also judged by windows with P
anywhere, as is the third. An interrupted run goes on where it was.
"""

from dataclasses import dataclass
from typing import Final

from training.models.recipe import Recipe
from training.reproduce.folder import enter
from training.reproduce.options import Options, Told, shortened
from training.reproduce.result import Reproduction, Run
from training.reproduce.windows.data import ProtocolData, read_protocol_data
from training.reproduce.windows.judging import judge_test_part
from training.reproduce.windows.protocols import Protocol
from training.reproduce.windows.splits import Parts, shared_events, split_by_event
from training.reproduce.windows.training import train_form
from training.zoo import network

_QUICK_TEST: Final = 16
"""Recordings of the test part of a quick run."""


@dataclass(frozen=True, slots=True)
class _Form:
    """What is trained, on which split, and by which windows it is judged."""

    key: str
    title: str
    as_published: bool
    by_event: bool
    moved: tuple[bool, ...]
    """For each column: P anywhere, or where the data set has it."""


_FORMS: Final = (
    _Form("published", "published form, published split", True, False, (False,)),
    _Form("by-event", "published form, split by event", True, True, (False, True)),
    _Form("sound", "sound form, split by event", False, True, (True,)),
)


def reproduce_windows(protocol: Protocol, options: Options, told: Told) -> Reproduction:
    """Run a protocol, or go on where it was interrupted.

    Raises:
        DataError: The data are not there, or hold nothing to train by.
        ReproductionError: There are too few recordings, or none to test by.
        RunError: The folder holds a reproduction of something else.
    """
    entry = network(protocol.network)
    told("reading")
    data = read_protocol_data(protocol, options, entry.published)
    enter(protocol.network, options, data.fingerprint)
    runs = [run for form in _FORMS for run in _run_form(form, protocol, data, options, told)]
    sources = ", ".join(f"{count} recordings of {name}" for name, count in data.sources.items())
    return Reproduction(
        network=protocol.network,
        citation=entry.published.source.citation,
        protocol=protocol.sentence,
        data=f"{sources} (published: {protocol.recordings:,} of {', '.join(protocol.sources)})",
        sample=data.is_sample_of(protocol),
        quick=options.quick,
        labels=entry.published.labels,
        figures=protocol.figures,
        runs=tuple(runs),
        differs=(
            *_unlimited(data),
            *shortened(entry.published, options.epochs),
            *protocol.differs,
            *_mended(entry.sound),
        ),
    )


def _run_form(
    form: _Form, protocol: Protocol, data: ProtocolData, options: Options, told: Told
) -> list[Run]:
    """Train one form and return its columns."""
    parts = (
        split_by_event(data.recordings, data.rows)
        if form.by_event
        else protocol.split.deal(data.rows, options.seed)
    )
    run = train_form(
        protocol.network,
        {part: data.pool(parts[part]) for part in ("train", "validation")},
        options.out / "runs" / form.key,
        options,
        lambda text: told(f"{form.title}: {text}"),
        as_published=form.as_published,
    )
    model = run.load_model()
    recipe = run.config().recipe()
    about = _about(len(run.rows()), data, parts)
    test = parts["test"][:_QUICK_TEST] if options.quick else parts["test"]
    columns = []
    for moved in form.moved:
        told(f"{form.title}: testing")
        score, tested = judge_test_part(
            model,
            recipe,
            protocol.score,
            data,
            test,
            as_published=form.as_published,
            moved=moved,
        )
        columns.append(
            Run(
                key=f"{form.key}-moved" if moved and len(form.moved) > 1 else form.key,
                title=f"{form.title}, P anywhere" if moved else form.title,
                tested=tested,
                measures=score.measures(),
                confusion=score.confusion(),
                about=about,
            )
        )
    return columns


def _about(epochs: int, data: ProtocolData, parts: Parts) -> dict[str, str]:
    counts = " / ".join(str(len(parts[part])) for part in ("train", "validation", "test"))
    return {
        "epochs": str(epochs),
        "recordings to train / choose / test": counts,
        "tested events also trained on": f"{shared_events(data.recordings, parts):.0%}",
    }


def _unlimited(data: ProtocolData) -> tuple[str, ...]:
    """Return a word about recordings that the protocol would leave out."""
    if data.limited:
        return ()
    return (
        (
            f"Only {data.fitting} of {len(data.rows)} recordings keep the limits, too few "
            "to part; all are used."
        ),
    )


def _mended(sound: Recipe) -> tuple[str, ...]:
    """Return what the sound form does in another way."""
    return tuple(
        f"{d.topic}: published: {d.published}; sound: {d.sound}." for d in sound.differences
    )
