"""A change from afar is looked at before anything is done."""

import contextlib
import json
import typing
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from edge.commands.attach import handlers
from edge.commands.configure import ConfigureHandler
from edge.commands.receiver import Answer, CommandReceiver
from edge.config import StationSection
from edge.errors import CommandError
from edge.messages.command import Command, Reply
from edge.outbox import Outbox
from edge.reconfigure.effective import read_station_file
from edge.reconfigure.record import Record
from edge.reconfigure.remote import Remote
from edge.station import open_station

NOW_NS = 1_700_000_000_000_000_000
STATION = """\
state_dir = "{folder}/state"

[station]
network = "XX"
station = "A"
latitude = 17.0
longitude = -99.5

[source]
type = "synthetic"
latitude = 17.0
longitude = -99.5
start = "2026-01-01T00:00:00Z"
duration_s = 30.0

[detection.model]
enabled = false

[metrics]
port = 9101

[mqtt]
host = "broker.example.org"
username = "XX/A"
password = "very secret"
"""


class Desk:
    """A handler over a station file."""

    def __init__(self, folder: Path) -> None:
        self.file = folder / "station.toml"
        self.file.write_text(STATION.format(folder=folder))
        self.remote = self.start()

    def start(self) -> Remote:
        """Return the configuration as an agent that starts now finds it."""
        self.remote = Remote(read_station_file(self.file), lambda: None, lambda: NOW_NS)
        return self.remote

    def ask(self, name: str = "c1", **arguments: Any) -> Any:  # noqa: ANN401 - result or answer
        """Command something."""
        handler = ConfigureHandler(self.remote, network_runs=False)
        return handler(Command(id=name, name="configure", arguments=arguments))

    def refusal(self, **arguments: Any) -> str:  # noqa: ANN401 - whatever a command may hold
        """Return why something is refused; nothing is kept of it."""
        before = self.record()
        with pytest.raises(CommandError) as refused:
            self.ask(**arguments)
        assert before == self.record()
        assert not self.remote.restart_wanted
        assert "very secret" not in str(refused.value)
        return refused.value.reason

    def record(self) -> Record:
        """Return what is kept."""
        return self.remote.file.store.read()

    def settle(self) -> None:
        """Let the change on trial be in force."""

        def commit(record: Record) -> Record:
            assert record.trial is not None
            return record.model_copy(update={"entries": record.trial.entries, "trial": None})

        self.remote.file.store.change(commit)


@pytest.fixture
def desk(tmp_path: Path) -> typing.Iterator[Desk]:
    """Return a desk."""
    made = Desk(tmp_path)
    yield made
    made.remote.close()


REFUSED: dict[str, tuple[dict[str, Any], str]] = {
    "misspelt key": (
        {"set": {"detection.sta_lta.on_ration": 7}},
        "detection.sta_lta.on_ration: unknown key; did you mean 'on_ratio'?",
    ),
    "misspelt section": ({"set": {"metrix": {}}}, "metrix: unknown key; did you mean 'metrics'?"),
    "wrong value": ({"set": {"detection.sta_lta.on_ratio": "high"}}, "(seen: 'high')"),
    "null": ({"set": {"metrics": None}}, "null is no value; to leave a key out, unset it"),
    "required key": ({"unset": ["station.latitude"]}, "station.latitude: is missing"),
    "unknown source": ({"set": {"source": {"type": "geophone"}}}, "source"),
    "key of another source": ({"set": {"source.device": "/dev/x"}}, "source.device: unknown key"),
    "broker": ({"set": {"mqtt.host": "elsewhere"}}, "mqtt.host is changed on site only"),
    "section with the broker": (
        {"set": {"mqtt": {"keepalive_s": 60}}},
        "mqtt.host is changed on site only",
    ),
    "user": ({"unset": ["mqtt.username"]}, "mqtt.username is changed on site only"),
    "its own judge": ({"set": {"configure.healthy_s": 1}}, "configure is changed on site only"),
    "codes": ({"set": {"station.station": "B"}}, "station.station is changed on site only"),
    "state": ({"set": {"state_dir": "/"}}, "state_dir is changed on site only"),
    "nothing": ({}, "give `show`, or one or more of"),
    "show and change": ({"show": True, "unset": ["metrics"]}, "give `show`, or one or more of"),
    "unknown argument": ({"sett": {}}, "sett: Extra inputs are not permitted"),
    "not changed before": ({"reset": ["metrics"]}, "'metrics' is not changed from afar"),
    "no key": ({"set": {"a..b": 1}}, "'a..b' is no key"),
    "too much": (
        {"set": {f"detection.k{number}": 1 for number in range(201)}},
        "at most 200",
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_a_wrong_change_is_refused_with_the_reason(desk: Desk, case: str) -> None:
    """Before anything: nothing is kept, nothing restarts, no secret is told."""
    arguments, reason = REFUSED[case]

    assert reason in desk.refusal(**arguments)


CHANGES: dict[str, tuple[dict[str, Any], dict[str, tuple[Any, Any]]]] = {
    "a key": (
        {"set": {"detection.sta_lta.on_ratio": 7}},
        {"detection.sta_lta.on_ratio": (6.0, 7.0)},
    ),
    "a section, new": (
        {"set": {"seedlink_server": {"port": 0}}},
        {"seedlink_server.port": (None, 0)},
    ),
    "a section off": ({"unset": ["metrics"]}, {"metrics.port": (9101, None)}),
    "a section in place": (
        {"set": {"metrics": {"host": "0.0.0.0"}}},
        {"metrics.host": ("127.0.0.1", "0.0.0.0")},
    ),
    "harmless keys of the broker": (
        {"set": {"mqtt.keepalive_s": 60}},
        {"mqtt.keepalive_s": (30, 60)},
    ),
    "the place": ({"set": {"station.latitude": 17.5}}, {"station.latitude": (17.0, 17.5)}),
    "the sensor": (
        {"set": {"source": {"type": "rshake"}}},
        {"source.type": ("synthetic", "rshake")},
    ),
}


@pytest.mark.parametrize("case", CHANGES)
def test_a_right_change_is_proposed(desk: Desk, case: str) -> None:
    """On disk before it is answered; answered as not done; the restart waits for the answer."""
    arguments, expected = CHANGES[case]

    answer = desk.ask(**arguments)

    assert isinstance(answer, Answer)
    assert (False, False, "proposed") == (answer.ok, answer.done, answer.result["state"])
    for key, (before, after) in expected.items():
        assert {"from": before, "to": after} == answer.result["changed"][key]
    trial = desk.record().trial
    assert trial is not None
    assert ("c1", "proposed", 2) == (trial.command, trial.state, trial.tries_left)
    assert not desk.remote.restart_wanted
    assert answer.then is not None
    answer.then()
    assert desk.remote.restart_wanted


def test_a_dry_run_says_what_would_change_and_changes_nothing(desk: Desk) -> None:
    """Validation without a trial."""
    text, result = desk.ask(set={"detection.sta_lta.on_ratio": 7}, dry_run=True)

    assert "would change detection.sta_lta.on_ratio" == text
    assert {"from": 6.0, "to": 7.0} == result["changed"]["detection.sta_lta.on_ratio"]
    assert Record() == desk.record()


def test_what_changes_nothing_needs_no_trial(desk: Desk) -> None:
    """A default that is set."""
    text, _ = desk.ask(set={"detection.sta_lta.on_ratio": 6.0})

    assert "nothing changes" == text
    assert Record() == desk.record()


def test_the_same_command_again_is_not_another_change(desk: Desk) -> None:
    """While it is on trial, another id is refused."""
    desk.ask(set={"detection.sta_lta.on_ratio": 7})
    trial = desk.record().trial

    again = desk.ask(set={"detection.sta_lta.on_ratio": 7})
    other = desk.refusal(name="c2", unset=["metrics"])

    assert (False, None) == (again.done, again.then)
    assert "'c1' is on trial" in other
    assert trial == desk.record().trial


def test_changes_add_up_and_are_taken_back_one_by_one(desk: Desk) -> None:
    """`reset` follows the file again; `*` forgets all."""
    for name, arguments in {
        "c1": {"set": {"detection.sta_lta.on_ratio": 7}},
        "c2": {"unset": ["metrics"]},
        "c3": {"reset": ["detection.sta_lta.on_ratio"], "set": {"station.elevation_m": 9.0}},
    }.items():
        desk.ask(name, **arguments)
        desk.settle()
        desk.start()
    keys = [entry.key for entry in desk.record().entries]
    answer = desk.ask("c4", reset=["*"])

    assert ["metrics", "station.elevation_m"] == keys
    assert {"from": 9.0, "to": 0.0} == answer.result["changed"]["station.elevation_m"]
    assert {"from": None, "to": 9101} == answer.result["changed"]["metrics.port"]


def test_show_tells_the_configuration_without_secrets(desk: Desk) -> None:
    """And what lies over the file, by whom."""
    desk.ask(set={"detection.sta_lta.on_ratio": 7})
    desk.settle()

    _, result = desk.ask("c2", show=True)

    assert 7.0 == result["configuration"]["detection"]["sta_lta"]["on_ratio"]
    assert ["detection.sta_lta.on_ratio"] == [one["key"] for one in result["changes"]]
    assert "c1" == result["changes"][0]["command"]
    assert "very secret" not in json.dumps(result)


@pytest.mark.parametrize(
    ("edit", "reason"),
    [
        (("on_ratio", "on_ratio"), None),
        (("9101", "9102"), "the station file was edited since the agent started"),
        (("[metrics]", "[metrix]"), "did you mean 'metrics'?"),
    ],
)
def test_a_file_that_was_edited_meanwhile_is_no_ground_for_a_change(
    desk: Desk, edit: tuple[str, str], reason: str | None
) -> None:
    """A new start would find something else than what runs, or would not come up at all."""
    desk.file.write_text(desk.file.read_text().replace(*edit))

    if reason is None:
        assert isinstance(desk.ask(unset=["metrics"]), Answer)
    else:
        assert reason in desk.refusal(unset=["metrics"])


def test_a_network_must_run_where_one_did_or_one_is_asked_for(desk: Desk) -> None:
    """A change of something else is not to blame for a network that did not run before."""
    for arguments, runs, expected in [
        ({"set": {"detection.model.enabled": True}}, False, True),
        ({"set": {"detection.sta_lta.on_ratio": 7}}, False, False),
        ({"set": {"detection.sta_lta.on_ratio": 7}}, True, False),
    ]:
        handler = ConfigureHandler(desk.remote, network_runs=runs)
        handler(Command(id="c1", name="configure", arguments=arguments))
        trial = desk.record().trial
        assert trial is not None
        assert expected == trial.network_runs
        desk.remote.file.store.change(lambda _: Record())


def test_a_station_that_does_not_want_it_does_not_know_the_command(
    desk: Desk, tmp_path: Path
) -> None:
    """`configure.enabled = false`."""
    outbox = Outbox(tmp_path / "outbox.sqlite")
    station = open_station(desk.remote.config)
    known = handlers(station, outbox, lambda: NOW_NS, desk.remote)
    desk.file.write_text(desk.file.read_text() + "\n[configure]\nenabled = false\n")
    remote = desk.start()
    unknown = handlers(open_station(remote.config), outbox, lambda: NOW_NS, remote)
    outbox.close()

    assert "configure" in known
    assert "configure" not in unknown


async def test_the_restart_waits_until_the_answer_is_on_disk(desk: Desk, tmp_path: Path) -> None:
    """And an answer that is not the last one is not given again from memory."""
    outbox = Outbox(tmp_path / "outbox.sqlite", clock_ns=lambda: NOW_NS)
    handler = ConfigureHandler(desk.remote, network_runs=False)
    place = StationSection(network="XX", station="A", latitude=0, longitude=0)
    receiver = CommandReceiver(
        place, outbox, {"configure": handler}, lambda: NOW_NS, lambda: told.append(outbox.depth)
    )
    told: list[int] = []
    arguments = {"set": {"detection.sta_lta.on_ratio": 7}}
    payload = Command(id="c1", name="configure", arguments=arguments).to_wire()

    await receiver.take(payload)
    wanted = desk.remote.restart_wanted
    desk.settle()
    desk.remote.file.store.change(lambda record: record.model_copy(update={"trial": None}))
    await receiver.take(payload)

    first, second = (Reply.from_wire(message.payload) for message in outbox.batch(10))
    outbox.close()
    assert [1, 2] == told
    assert wanted
    assert not first.done
    assert second.text == "nothing changes"


_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3)
    ),
    max_leaves=6,
)
_KEYS = st.sampled_from(
    [
        *("detection", "detection.sta_lta.on_ratio", "source", "source.earthquakes", "metrics"),
        *("source.earthquakes.0.magnitude", "station.latitude", "state_dir.x", "archive.format"),
    ]
) | st.text(max_size=12)


@settings(
    max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    arguments=st.fixed_dictionaries(
        {},
        optional={
            "set": st.dictionaries(_KEYS, _VALUES, max_size=3) | _VALUES,
            "unset": st.lists(_KEYS, max_size=2) | _VALUES,
            "reset": st.lists(_KEYS, max_size=2) | _VALUES,
            "show": _VALUES,
            "dry_run": _VALUES,
        },
    )
)
def test_no_arguments_end_the_agent(desk: Desk, arguments: dict[str, Any]) -> None:
    """Fuzzed: done, proposed or refused, and a station that is found afterwards as it was left."""
    with contextlib.suppress(CommandError):
        desk.ask(**arguments)
    desk.start()
    before = desk.record()

    assert before == Record.model_validate_json(before.model_dump_json())
    desk.remote.file.store.change(lambda _: Record())
