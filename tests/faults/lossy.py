"""A network that loses and delays IP packets: two TUN devices and a forwarder between them.

What runs in the namespace `name` reaches this side at `address`, through real TCP of the kernel,
with its retransmissions and its patience. Needs root and /dev/net/tun.
"""

import fcntl
import heapq
import os
import random
import select
import struct
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_TUNSETIFF = 0x400454CA
_IFF_TUN, _IFF_NO_PI = 0x0001, 0x1000
_MOST_BYTES = 65_536


def why_not() -> str | None:
    """Return why this machine cannot have such a network; None where it can."""
    if os.geteuid() != 0:
        return "a lossy network needs root, for TUN devices and a network namespace"
    if not Path("/dev/net/tun").exists():
        return "a lossy network needs /dev/net/tun"
    probe = subprocess.run(["unshare", "-n", "ip", "link"], capture_output=True, check=False)
    return None if probe.returncode == 0 else f"no network namespaces: {probe.stderr.decode()}"


class LossyNetwork:
    """The forwarder.

    Args:
        loss: Share of packets that are lost, each way.
        delay_s: Seconds that each packet takes, each way.
        seed: Of the losses.

    Attributes:
        carried: Packets that came through.
        lost: Packets that did not.
    """

    name = "faults"
    address = "10.213.7.1"
    other = "10.213.7.2"

    def __init__(self, loss: float, delay_s: float, seed: int) -> None:
        self.carried = self.lost = 0
        self._loss, self._delay_s = loss, delay_s
        self._chance = random.Random(seed)
        self._ends = {_tun("faults0"): 0, _tun("faults1"): 1}
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run, name="lossy", daemon=True)

    def start(self) -> None:
        """Set both ends up and forward."""
        _ip("netns", "add", self.name)
        _ip("link", "set", "faults1", "netns", self.name)
        _ip("addr", "add", self.address, "peer", self.other, "dev", "faults0")
        _ip("link", "set", "faults0", "up")
        inside = ("netns", "exec", self.name, "ip")
        _ip(*inside, "addr", "add", self.other, "peer", self.address, "dev", "faults1")
        _ip(*inside, "link", "set", "faults1", "up")
        _ip(*inside, "link", "set", "lo", "up")
        self._thread.start()

    def stop(self) -> None:
        """Take it all away."""
        self._over.set()
        if self._thread.is_alive():
            self._thread.join()
        for file in self._ends:
            os.close(file)
        subprocess.run(["ip", "netns", "del", self.name], check=False, capture_output=True)

    def _run(self) -> None:
        files = list(self._ends)
        waiting: list[tuple[float, int, int, bytes]] = []
        number = 0
        while not self._over.is_set():
            ahead_s = waiting[0][0] - time.monotonic() if waiting else 0.1
            ready, _, _ = select.select(files, [], [], min(max(ahead_s, 0.0), 0.1))
            for file in ready:
                content = os.read(file, _MOST_BYTES)
                if self._chance.random() < self._loss:
                    self.lost += 1
                    continue
                number += 1
                to = files[1 - files.index(file)]
                heapq.heappush(waiting, (time.monotonic() + self._delay_s, number, to, content))
            while waiting and waiting[0][0] <= time.monotonic():
                _, _, to, content = heapq.heappop(waiting)
                os.write(to, content)
                self.carried += 1


def _tun(name: str) -> int:
    file = os.open("/dev/net/tun", os.O_RDWR)
    fcntl.ioctl(file, _TUNSETIFF, struct.pack("16sH14x", name.encode(), _IFF_TUN | _IFF_NO_PI))
    return file


def _ip(*words: str) -> None:
    subprocess.run(["ip", *words], check=True, capture_output=True)


@contextmanager
def lossy_network(loss: float, delay_s: float, seed: int = 1) -> Iterator[LossyNetwork]:
    """Have a lossy network for a while."""
    network = LossyNetwork(loss, delay_s, seed)
    try:
        network.start()
        yield network
    finally:
        network.stop()
