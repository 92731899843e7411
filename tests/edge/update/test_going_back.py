"""Going back is a state, too: a disk that is full, a kill before and after it is written down.

The station that is not well with something new ends without it, whatever happens on the way.
"""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from edge.update import settings_part
from edge.update.disk import Disk
from edge.update.record import End
from tests.edge.update import test_matrix as networks
from tests.edge.update import test_settings_matrix as settings
from tests.edge.update.conftest import Offered
from tests.edge.update.life import Life
from tests.edge.update.settings_life import SettingsLife

network = networks.life
setting = settings.life
WAYS = ("error", "killed before", "killed after")


def going_back(
    monkeypatch: pytest.MonkeyPatch, how: str, killed: type[BaseException]
) -> Callable[[], bool]:
    """Let the first write that says `rolled back` go wrong; return who says whether it did."""
    put, seen = Disk.put, []

    def failing(disk: Disk, path: Path, content: bytes) -> None:
        if b'"rolled back"' not in content or seen:
            put(disk, path, content)
            return
        seen.append(path)
        if how == "error":
            raise OSError(28, "No space left on device")
        if how == "killed after":
            put(disk, path, content)
        raise killed

    monkeypatch.setattr(Disk, "put", failing)
    return lambda: bool(seen)


@pytest.mark.parametrize("how", WAYS)
def test_a_network(
    network: Life, offered: Offered, monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    """In quarantine in the end, and the station file's own in charge."""
    network.vitals = replace(network.vitals, source_trouble="no samples", packets=0)
    happened = going_back(monkeypatch, how, networks.Killed)

    networks._live_on(network)

    record = network.record
    assert happened()
    assert record.last is not None
    assert End.ROLLED_BACK is record.last.end
    assert record.is_quarantined(offered.sha256)
    assert network.runs() is None


@pytest.mark.parametrize("how", WAYS)
def test_settings(setting: SettingsLife, monkeypatch: pytest.MonkeyPatch, how: str) -> None:
    """The same."""
    before = setting.ratio()
    setting.vitals = replace(setting.vitals, source_trouble="no samples", packets=0)
    monkeypatch.setattr(settings_part, "_DISK_RETRY_S", 0.001)
    happened = going_back(monkeypatch, how, settings.Killed)

    settings._live_on(setting)

    record = setting.record
    assert happened()
    assert record.last is not None
    assert End.ROLLED_BACK is record.last.end
    assert record.is_quarantined(record.last.sha256)
    assert before == setting.ratio()
