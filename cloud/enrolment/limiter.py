"""How often somebody may ask in vain.

A token cannot be guessed; the limits keep a flood from the audit, and from more than a small share
of the database and the processor. Stations that come with true tokens are let in all the same, also
from behind an address, or at a time, at which others are wrong.
"""

import ipaddress
import time
from collections import OrderedDict
from collections.abc import Callable
from typing import Final

_MOST_ADDRESSES: Final = 4096
_SITE_BITS: Final = 64
"""Of an IPv6 address: one site has all addresses behind them."""


class Bucket:
    """Holds so many drops, and gets so many a second.

    Args:
        most: Drops.
        per_s: Drops a second.
        now_s: A steady clock's time.
    """

    def __init__(self, most: float, per_s: float, now_s: float) -> None:
        self._most, self._per_s = most, per_s
        self._level, self._at_s = most, now_s

    def has(self, now_s: float) -> bool:
        """Return whether a drop is left."""
        self._level = min(self._most, self._level + (now_s - self._at_s) * self._per_s)
        self._at_s = now_s
        return self._level >= 1.0

    def take(self) -> None:
        """Take a drop."""
        self._level -= 1.0


class Limiter:
    """Counts failures, by address and in all.

    Args:
        steady_s: A steady clock, seconds.
    """

    def __init__(self, steady_s: Callable[[], float] = time.monotonic) -> None:
        self._steady_s = steady_s
        self._all = Bucket(300, 5.0, steady_s())
        self._by_address: OrderedDict[str, Bucket] = OrderedDict()

    def lets_in(self, address: str) -> bool:
        """Return whether an address is free to ask, and to be wrong."""
        now_s = self._steady_s()
        own = self._by_address.get(site_of(address))
        return self._all.has(now_s) and (own is None or own.has(now_s))

    def failed(self, address: str) -> None:
        """Count a failure."""
        now_s, site = self._steady_s(), site_of(address)
        own = self._by_address.setdefault(site, Bucket(10, 1 / 6, now_s))
        self._by_address.move_to_end(site)
        while len(self._by_address) > _MOST_ADDRESSES:
            self._by_address.popitem(last=False)
        own.take()
        self._all.take()


def site_of(address: str) -> str:
    """Return what has one count: an address, of IPv6 all behind one site's prefix."""
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return address
    if found.version == 4:  # noqa: PLR2004 - of the protocol
        return address
    return str(ipaddress.ip_network((found, _SITE_BITS), strict=False))
