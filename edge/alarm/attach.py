"""Gives a station its alarm as long as it runs, where it is set up so."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace

from edge.alarm.action import Action
from edge.alarm.announcement import Announcement, SecondBroker
from edge.alarm.bell import Bell
from edge.alarm.command import CommandAction
from edge.alarm.config import AlarmConfig
from edge.alarm.gpio import GpioAction
from edge.alarm.rule import AlarmRule
from edge.alarm.watch import AlarmWatch
from edge.messages import Alarm
from edge.messages.topics import station_topic
from edge.station import Station


@asynccontextmanager
async def alarmed(station: Station) -> AsyncIterator[Station]:
    """Run a station's alarm as long as the context lasts; nothing where it is not set up."""
    config = station.config.alarm
    if config is None:
        yield station
        return
    place = station.config.station
    idle = Alarm(
        network=place.network, station=place.station, location=place.location, ringing=False
    )
    bell = await asyncio.to_thread(Bell, idle, _actions(config), config.hold_s)
    pipeline = station.pipeline
    rule = AlarmRule(config.rule, config.most_per_hour, pipeline.detectors, pipeline.motion)
    watch = AlarmWatch(config, rule, bell)
    station.pipeline.listeners.append(watch.listen)
    stop = asyncio.Event()
    telling = asyncio.create_task(_at_second_broker(station, config, bell, stop))
    try:
        yield replace(station, alarm=watch)
    finally:
        await asyncio.to_thread(bell.close)
        stop.set()
        await telling


def _actions(config: AlarmConfig) -> list[Action]:
    """Return what the alarm does, the quickest first."""
    actions: list[Action] = []
    if config.gpio is not None:
        actions.append(GpioAction(config.gpio))
    if config.command is not None:
        actions.append(CommandAction(config.command))
    return actions


async def _at_second_broker(
    station: Station, config: AlarmConfig, bell: Bell, stop: asyncio.Event
) -> None:
    if config.broker is None:
        return
    place = station.config.station
    broker = SecondBroker(
        config.broker,
        f"{place.network}-{place.station}-{place.location}-alarm",
        station_topic(place.network, place.station, "alarm"),
        lambda reason: bell.problem("broker", reason),
    )
    where = f"{config.broker.host}:{config.broker.port}"
    bell.problem("broker", f"alarm.broker: {where} has not been reached yet", quiet=True)
    bell.add(Announcement("announcement", broker.publish))
    await broker.run(stop)
