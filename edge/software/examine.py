"""What `edge-agent check` and `doctor` say of the software: which release runs, and why."""

from pathlib import Path

from edge import __version__
from edge.software.pointer import MOST_STARTS, starts_of
from edge.software.releases import trouble_with
from edge.update.record import Installed, Record
from edge.update.store import UpdateStore
from edge.update.targets import Kind


def software_in_words(state_dir: Path) -> tuple[bool, str]:
    """Return whether all is well with the software of a station, and what runs at the next start.

    Every file of the release in charge is read and compared with its hash.

    Args:
        state_dir: The station's.
    """
    store = UpdateStore(state_dir, kind=Kind.SOFTWARE)
    record = store.read()
    troubles: list[str] = []
    for one in (record.committed, record.previous):
        if one is None:
            continue
        trouble = _trouble(store, one)
        if trouble is None:
            text = f"release {one.version} ({one.sha256[:12]}) runs"
            return not troubles, "; ".join([*troubles, text, *_news(record)])
        troubles.append(f"release {one.version} is passed over: {trouble}")
    text = f"the installed {__version__} runs"
    return not troubles, "; ".join([*troubles, text, *_news(record)])


def _trouble(store: UpdateStore, one: Installed) -> str | None:
    starts = starts_of(store.folder, one.sha256)
    if starts >= MOST_STARTS:
        return f"it did not come up in {starts} starts; start the computer anew to try it again"
    return trouble_with(store.place(one.sha256), thorough=True)


def _news(record: Record) -> list[str]:
    news = []
    if record.candidate is not None:
        news.append(f"{record.candidate.version} is on its way: {record.candidate.phase.value}")
    if record.last is not None:
        last = record.last
        news.append(f"the last that came, {last.version}: {last.end.value}: {last.reason}")
    if record.problem is not None:
        news.append(record.problem)
    return news
