"""Events reach those who are to know, once, however their servers behave."""

import asyncio
import socket

import pytest

from cloud.store import Store
from cloud.store.deliveries import DeliveryLog
from cloud.webhooks import Rule
from cloud.webhooks.targets import HomeAssistantTarget, JsonTarget
from edge.messages import Event, EventStatus
from tests.cloud.fdsnws.conftest import quake
from tests.cloud.webhooks.conftest import Listener, telling, until


def rule(listener: Listener, name: str = "home", **change: object) -> Rule:
    """Return a rule that tells the listener of everything declared."""
    values = {"name": name, "target": {"type": "json", "url": f"{listener.url}/{name}"}}
    return Rule.model_validate(values | change)


def declared(number: int = 1, revision: int = 0, **change: object) -> Event:
    """Return a revision of a declared event."""
    return quake(number, revision=revision, status=EventStatus.DECLARED, **change)


def log(store: Store) -> list[tuple[int, str, int, str | None]]:
    """Return revision, status, attempts and answer of the deliveries, oldest first."""
    return [
        (one.revision, one.status.value, one.attempts, one.answer)
        for one in DeliveryLog(store.engine).since(0)
    ]


def finished(store: Store) -> bool:
    """Tell whether nothing waits."""
    return bool(log(store)) and all(status != "waiting" for _, status, _, _ in log(store))


async def test_a_server_that_fails_first_is_told_in_the_end(
    listener: Listener, store: Store
) -> None:
    """Once; it hangs up, is overloaded, says 500, then takes it. The log says how often."""
    listener.statuses = [None, 429, 500]
    async with telling(store, rule(listener)) as webhooks:
        webhooks.offer(declared())
        await until(lambda: finished(store))

    assert [(0, "delivered", 4, "200 Well")] == log(store)
    path, headers, body = listener.heard[-1]
    assert ("/home", "application/json") == (path, headers["content-type"])
    assert declared() == Event.model_validate(body["event"])


async def test_a_server_that_is_not_there_yet_is_waited_for(
    store: Store, unused_tcp_port: int
) -> None:
    """Refused connections are tried again."""
    listener = Listener()
    listener.port = unused_tcp_port
    async with telling(store, rule(listener)) as webhooks:
        webhooks.offer(declared())
        await until(lambda: bool(log(store)) and log(store)[0][2] >= 2)
        server = await asyncio.start_server(listener.answer, "127.0.0.1", unused_tcp_port)
        await until(lambda: finished(store))
        server.close()
        await server.wait_closed()

    assert 1 == len(listener.heard)


async def test_the_same_revision_is_told_once(listener: Listener, store: Store) -> None:
    """However often it is offered, also after a restart of the centre."""
    for _ in range(2):
        async with telling(store, rule(listener)) as webhooks:
            for number in (1, 1, 1, 2):
                webhooks.offer(declared(number))
            await until(lambda: finished(store))
            await asyncio.sleep(0.2)

    assert ["e1", "e2"] == sorted(body["event_id"] for _, _, body in listener.heard)


async def test_what_waited_is_told_after_a_restart(listener: Listener, store: Store) -> None:
    """The event comes from the database."""
    listener.statuses = [503] * 1_000
    store.save(declared(), 0)
    async with telling(store, rule(listener)) as webhooks:
        webhooks.offer(declared())
        await until(lambda: bool(log(store)) and log(store)[0][2] >= 1)
    listener.statuses.clear()
    listener.heard.clear()
    async with telling(store, rule(listener)):
        await until(lambda: finished(store))

    assert 1 == len(listener.heard)


async def test_of_an_event_the_newest_revision_alone_waits(
    listener: Listener, store: Store
) -> None:
    """Who comes back hears how things stand, not how they stood."""
    listener.statuses = [503] * 1_000
    async with telling(store, rule(listener)) as webhooks:
        for revision in range(3):
            webhooks.offer(declared(revision=revision))
        await until(lambda: len(log(store)) == 3 and log(store)[2][2] >= 1)
        listener.statuses.clear()
        listener.heard.clear()
        await until(lambda: finished(store))

    assert ["superseded", "superseded", "delivered"] == [status for _, status, _, _ in log(store)]
    assert [2] == [body["revision"] for _, _, body in listener.heard]


async def test_a_target_that_is_down_holds_up_no_other(store: Store, listener: Listener) -> None:
    """Each rule has its own queue; here one target never answers."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        dead = JsonTarget.model_validate({"url": f"http://127.0.0.1:{silent.getsockname()[1]}"})
        rules = (Rule(name="dead", target=dead), rule(listener, "alive"))
        async with telling(store, *rules) as webhooks:
            webhooks.offer(declared())
            await until(lambda: len(listener.heard) == 1)


async def test_a_refusal_is_final(listener: Listener, store: Store) -> None:
    """A wrong address or token does not mend by asking again."""
    listener.statuses = [404]
    async with telling(store, rule(listener)) as webhooks:
        webhooks.offer(declared())
        await until(lambda: finished(store))
        await asyncio.sleep(0.3)

    assert [(0, "refused", 1, "404 Well")] == log(store)
    assert 1 == len(listener.heard)


async def test_old_news_are_given_up(listener: Listener, store: Store) -> None:
    """After the time that the configuration sets."""
    listener.statuses = [503] * 1_000
    async with telling(store, rule(listener), give_up_s=0.2) as webhooks:
        webhooks.offer(declared())
        await until(lambda: finished(store))

    assert "given-up" == log(store)[0][1]


async def test_a_retraction_goes_to_those_who_heard(listener: Listener, store: Store) -> None:
    """Also where updates are not wanted; and to nobody else."""
    gone = quake(1, revision=4, status=EventStatus.RETRACTED, reason="a lorry")
    rules = (
        rule(listener, "first-only", updates=False),
        rule(listener, "great-ones", min_magnitude=8),
    )
    async with telling(store, *rules) as webhooks:
        webhooks.offer(declared())
        webhooks.offer(declared(revision=1))
        await until(lambda: len(listener.heard) == 1)
        webhooks.offer(gone)
        await until(lambda: len(listener.heard) == 2)
        await asyncio.sleep(0.2)

    assert [("/first-only", "declared"), ("/first-only", "retracted")] == [
        (path, body["status"]) for path, _, body in listener.heard
    ]


async def test_an_exercise_alarms_nobody_who_did_not_ask_for_it(
    listener: Listener, store: Store
) -> None:
    """Who asked is told that it is one."""
    rules = (rule(listener, "everybody"), rule(listener, "school", exercise=True))
    async with telling(store, *rules) as webhooks:
        webhooks.offer(declared(exercise=True))
        await until(lambda: len(listener.heard) == 1)
        await asyncio.sleep(0.3)

    ((path, _, body),) = listener.heard
    assert ("/school", True) == (path, body["exercise"])


async def test_events_are_told_while_the_database_is_away(listener: Listener, store: Store) -> None:
    """The log has a gap; nobody misses the alarm."""
    with store.engine.begin() as connection:
        connection.exec_driver_sql("DROP TABLE delivery")
    async with telling(store, rule(listener)) as webhooks:
        webhooks.offer(declared())
        await until(lambda: len(listener.heard) == 1)


async def test_secrets_stay_out_of_log_and_database(
    listener: Listener, store: Store, capsys: pytest.CaptureFixture[str]
) -> None:
    """The id of a webhook is as good as a password."""
    target = HomeAssistantTarget.model_validate(
        {"server": listener.url, "webhook_id": "very-secret"}
    )
    listener.statuses = [500]
    async with telling(store, Rule(name="home", target=target)) as webhooks:
        webhooks.offer(declared())
        await until(lambda: finished(store))

    assert "/api/webhook/very-secret" == listener.heard[0][0]
    assert "very-secret" not in capsys.readouterr().out + str(log(store))
