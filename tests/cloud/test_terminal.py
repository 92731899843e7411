"""What stations say of themselves is shown on operators' terminals, and moves no cursor there."""

from cloud.board.picture import Condition
from cloud.commands.sending import Outcome
from cloud.commands.showing import as_text
from cloud.fleetview.listing import Listed, listing_text
from edge.messages.command import Command, Reply
from edge.printable import shown

EVIL = "1.0\x1b[2J\u202e\n  XX.B: ok"


def test_a_text_on_one_line() -> None:
    """What cannot be seen is spelled out, all else stays."""
    assert "a\\x1b[2J\\n\\u202e é 😀" == shown("a\x1b[2J\n\u202e é 😀")


def test_a_reply() -> None:
    """Text and result of a command."""
    command = Command(id="a1", name="dance", arguments={})
    reply = Reply(
        network="XX",
        station="A",
        id="a1",
        name="dance",
        time=1,
        ok=True,
        done=True,
        text=EVIL,
        result={EVIL: EVIL},
    )

    lines = list(as_text({("XX", "A"): Outcome(command, [reply])}, waited=True))

    assert 2 == len(lines)
    assert all(line.isprintable() for line in lines)


def test_the_list_of_stations() -> None:
    """Version and clock come from the station."""
    one = Listed.model_construct(
        station="XX.A",
        condition=Condition.OFFLINE,
        reasons=(EVIL,),
        heard=1,
        heard_ago_s=1.0,
        latency_s=None,
        noise_m_s2=None,
        clock=None,
        version=EVIL,
    )

    text = listing_text([one], 1)

    assert 3 == len(text.splitlines())
    assert all(line.isprintable() for line in text.splitlines())
