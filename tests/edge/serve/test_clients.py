"""Real clients read the server: ObsPy's two, and our own."""

import asyncio
import contextlib

import numpy as np
import pytest
from obspy import UTCDateTime
from obspy.clients.seedlink.basic_client import Client as BasicClient
from obspy.clients.seedlink.easyseedlink import EasySeedLinkClient
from obspy.clients.seedlink.slclient import SLClient
from obspy.clients.seedlink.slpacket import SLPacket

from edge.sources.seedlink import SeedLinkConfig
from tests.edge.archive.streams import SENSITIVITY, START_NS, blocks
from tests.edge.serve.conftest import Serve, until_asked

PATIENCE_S = 60.0


class _EnoughError(Exception):
    """Ends a client that knows no end."""


async def test_obspys_easy_client_gets_traces(serve: Serve) -> None:
    """Capabilities, selection by channel, and the counts of each record."""
    stream = blocks(60)
    received: list[object] = []

    class Client(EasySeedLinkClient):
        def on_data(self, trace: object) -> None:
            received.append(trace)
            if len(received) == 3:
                raise _EnoughError

    async with serve() as server:

        def read() -> str:
            client = Client(f"127.0.0.1:{server.port}", autoconnect=False)
            client.conn.timeout = PATIENCE_S  # ObsPy 1.5.1 cannot connect without one
            client.connect()
            streams = client.get_info("STREAMS")
            client.select_stream("XX", "KARA1", "HNZ")
            with contextlib.suppress(_EnoughError):
                client.run()
            client.close()
            return streams

        for block in stream[:20]:
            server.push(block)
        reading = asyncio.create_task(asyncio.to_thread(read))
        await until_asked(server)
        for block in stream[20:]:
            server.push(block)
        xml = await asyncio.wait_for(reading, PATIENCE_S)

    assert 'seedname="HNZ"' in xml
    assert ["HNZ"] * 3 == [trace.stats.channel for trace in received]
    counts = np.concatenate([trace.data for trace in received])
    vertical = np.concatenate([block.samples[:, 0] for block in stream]) * SENSITIVITY
    first = round((received[0].stats.starttime - UTCDateTime(ns=START_NS)) * 100)
    assert np.rint(vertical[first : first + len(counts)]).tolist() == counts.tolist()


async def test_obspys_sl_client_resumes(serve: Serve) -> None:
    """A client that comes back with its last number gets what it missed, each record once."""
    stream = blocks(64)
    async with serve() as server:
        for block in stream:
            server.push(block)
        kept = [record for record in server.ring.snapshot() if record.channel == "HNN"]
        last = kept[2].number & 0xFFFFFF

        numbers: list[int] = []

        class Client(SLClient):
            def packet_handler(self, _count: int, packet: object) -> bool:
                if packet in {None, SLPacket.SLNOPACKET, SLPacket.SLERROR}:
                    return False
                if packet.get_type() in {SLPacket.TYPE_SLINF, SLPacket.TYPE_SLINFT}:
                    return False
                numbers.append(packet.get_sequence_number())
                return len(numbers) == len(kept) - 3

        def read() -> None:
            client = Client(timeout=PATIENCE_S)
            client.slconn.set_sl_address(f"127.0.0.1:{server.port}")
            client.slconn.add_stream("XX", "KARA1", "HNN", last, None)
            client.run()

        await asyncio.wait_for(asyncio.to_thread(read), PATIENCE_S)

    assert [record.number & 0xFFFFFF for record in kept[3:]] == numbers


async def test_obspys_basic_client_gets_a_window(serve: Serve) -> None:
    """TIME with begin and end: what lies between, then the end."""
    stream = blocks(120)
    begin = UTCDateTime(ns=START_NS) + 4
    async with serve() as server:
        for block in stream:
            server.push(block)
        client = BasicClient("127.0.0.1", port=server.port, timeout=20)
        found = await asyncio.wait_for(
            asyncio.to_thread(client.get_waveforms, "XX", "KARA1", "00", "HN?", begin, begin + 10),
            PATIENCE_S,
        )

    assert ["HNE", "HNN", "HNZ"] == sorted(trace.stats.channel for trace in found)
    assert all(len(trace) == pytest.approx(1001, abs=2) for trace in found)


async def test_our_own_source_reads_the_server(serve: Serve) -> None:
    """A station can be the source of another."""
    stream = blocks(80)
    config = SeedLinkConfig(
        host="127.0.0.1", port=1, station="XX.KARA1", counts_per_m_s2=SENSITIVITY
    )
    async with serve() as server:
        source = config.model_copy(update={"port": server.port}).open()
        packets = []

        def read() -> None:
            for packet in source.packets():
                packets.append(packet)
                if len(packets) == 5:
                    source.interrupt()

        reading = asyncio.create_task(asyncio.to_thread(read))
        await until_asked(server)
        for block in stream:
            server.push(block)
        await asyncio.wait_for(reading, PATIENCE_S)

    read_back = np.concatenate([packet.samples for packet in packets])
    sent = np.concatenate([block.samples for block in stream])
    assert read_back == pytest.approx(sent[: len(read_back)], abs=1e-9)


async def test_many_clients_and_a_slow_one(serve: Serve) -> None:
    """One that does not read holds up nobody; one too many is turned away."""
    async with serve(max_clients=3) as server:
        for block in blocks(400):
            server.push(block)
        idle = await asyncio.open_connection("127.0.0.1", server.port)
        idle[1].write(b"STATION KARA1 XX\rTIME 2023,1,1,0,0,0\rEND\r")
        await idle[1].drain()
        reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
        writer.write(b"STATION KARA1 XX\rFETCH\rEND\r")
        content = await asyncio.wait_for(reader.read(), PATIENCE_S)
        assert content.endswith(b"END")
        assert content.startswith(b"OK\r\nOK\r\nSL")
        assert len(server.ring.snapshot()) * 520 + len(b"OK\r\nOK\r\nEND") == len(content)
        others = [await asyncio.open_connection("127.0.0.1", server.port) for _ in range(4)]
        outcomes = []
        for other, _ in others:
            try:
                outcomes.append(await asyncio.wait_for(other.read(1), 1))
            except TimeoutError:
                outcomes.append(b"stays")
        assert b"" in outcomes
        for _, other in [idle, (reader, writer), *others]:
            other.close()
            with contextlib.suppress(OSError):
                await other.wait_closed()
