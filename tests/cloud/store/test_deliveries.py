"""The log of deliveries, on both kinds of database."""

from cloud.store import Store
from cloud.store.deliveries import DeliveryLog, DeliveryStatus


def test_a_delivery_begins_once_and_is_followed(database_url: str) -> None:
    """The second to begin it is told so; how it stands is kept."""
    store = Store(url=database_url)
    log = DeliveryLog(store.engine)
    begun = [log.begin("home", "e1", revision, 5 + revision) for revision in (0, 0, 1)]
    first, second = log.since(0)
    log.note(
        first.model_copy(
            update={"status": DeliveryStatus.DELIVERED, "attempts": 2, "answer": "x" * 1_000}
        )
    )
    noted = log.since(0)[0]
    newest = log.latest(1)
    store.close()

    assert [True, False, True] == begun
    assert ("delivered", 2, 500) == (noted.status, noted.attempts, len(noted.answer or ""))
    assert [second] == newest
