"""A stretch of the archive on request."""

import math
import typing
from pathlib import Path

import pytest

from cloud.waveforms.message import read_waveform
from edge.archive.archive import Archive
from edge.archive.config import ArchiveConfig
from edge.commands.waveform import Allowance, WaveformHandler
from edge.errors import CommandError
from edge.messages.command import Command
from edge.outbox import Outbox, OutboxConfig
from edge.timestamps import format_time
from tests.edge.archive.streams import START_NS, STATION, blocks, source

SECOND = 1_000_000_000
NOW_NS = START_NS + 600 * SECOND


class Desk:
    """An archive of ten minutes and who answers from it."""

    def __init__(
        self, folder: Path, outbox: OutboxConfig | None = None, **settings: object
    ) -> None:
        config = ArchiveConfig.model_validate({"keep_free_bytes": 0, **settings})
        self.archive = Archive(folder / "archive", config, STATION, source())
        self.outbox = Outbox(folder / "outbox.sqlite", outbox, clock_ns=lambda: NOW_NS)
        self.handler = WaveformHandler(STATION, config, self.archive, self.outbox, lambda: NOW_NS)
        for block in blocks(2400):
            self.archive.push(block)

    def ask(self, from_s: float, to_s: float, **more: object) -> typing.Any:  # noqa: ANN401 - figures
        """Ask for a span in seconds since the start."""
        arguments = {
            "start": format_time(START_NS + round(from_s * SECOND)),
            "end": format_time(START_NS + round(to_s * SECOND)),
            **more,
        }
        return self.handler(Command(id="r1", name="waveform", arguments=arguments))[1]


@pytest.fixture
def desk(tmp_path: Path) -> typing.Iterator[typing.Callable[..., Desk]]:
    """Return a function that makes a desk."""
    made: list[Desk] = []

    def make(**settings: object) -> Desk:
        made.append(Desk(tmp_path, **settings))  # type: ignore[arg-type]
        return made[-1]

    yield make
    for one in made:
        one.archive.close()
        one.outbox.close()


def test_the_centre_reads_the_answer(desk: typing.Callable[..., Desk]) -> None:
    """Whole records of the span and the channels, on the request's own topic."""
    at = desk()

    figures = at.ask(100, 160, channels="HN?")

    batch = at.outbox.batch(100)
    assert figures == {"bytes": sum(len(m.payload) for m in batch), "messages": len(batch)}
    records = []
    for message in batch:
        assert "tremor/v1/XX/KARA1/waveform/r1" == message.topic
        records += read_waveform(message.topic, ("XX", "KARA1", "r1"), message.payload).records
    assert {"HNZ", "HNN", "HNE"} == {record.channel for record in records}
    first_s = min(record.start_ns - START_NS for record in records) / SECOND
    assert 90 < first_s <= 100


def test_the_newest_samples_are_in_the_answer(desk: typing.Callable[..., Desk]) -> None:
    """What is being gathered is written first."""
    at = desk(flush_s=600.0)

    assert at.ask(590, 600, channels="HNZ")["bytes"] > 0


def test_where_nothing_is_nothing_comes(desk: typing.Callable[..., Desk]) -> None:
    """An honest answer of no bytes."""
    assert {"bytes": 0, "messages": 0} == desk().ask(10_000, 10_010)


@pytest.mark.parametrize(
    ("from_s", "to_s", "more", "reason"),
    [
        (100, 100, {}, "more than 0"),
        (100, 50, {}, "more than 0"),
        (0, 3601, {}, "900 at most"),
        (0, 10, {"channels": "../*"}, "channels"),
        (0, 10, {"stations": "all"}, "stations"),
        (0, 10, {"start": "yesterday"}, "start"),
    ],
)
def test_what_is_wrong_is_told(
    desk: typing.Callable[..., Desk],
    from_s: float,
    to_s: float,
    more: dict[str, object],
    reason: str,
) -> None:
    """With the argument and what is allowed."""
    with pytest.raises(CommandError, match=reason):
        desk().ask(from_s, to_s, **more)


def test_an_hour_has_its_bytes(desk: typing.Callable[..., Desk]) -> None:
    """Who asks too often is told when to come back; nothing is queued."""
    at = desk(answer_bytes_per_hour=80_000)
    at.ask(0, 60)
    waiting = at.outbox.depth

    with pytest.raises(CommandError, match=r"of 80000 an hour; ask in \d+ s"):
        at.ask(0, 300)

    assert waiting == at.outbox.depth


def test_a_full_outbox_is_told(desk: typing.Callable[..., Desk]) -> None:
    """Bulk makes room for triggers, so an answer may not fit."""
    at = desk(outbox=OutboxConfig(max_messages=1))
    at.outbox.put("t", b"trigger")

    with pytest.raises(CommandError, match="full"):
        at.ask(0, 60)


def test_the_allowance_refills_over_the_hour() -> None:
    """Evenly, and never beyond an hour's worth."""
    now_s = 0.0
    allowance = Allowance(3600, lambda: now_s)

    assert 0.0 == allowance.take(3600)
    assert 100.0 == pytest.approx(allowance.take(100))
    now_s = 100.0
    assert 0.0 == allowance.take(100)
    now_s = 1e6
    assert 0.0 == allowance.take(3600)
    assert 0.0 < allowance.take(1)
    assert math.isinf(Allowance(0).take(1))
