"""A bounded table that knows the order in which its entries changed last."""

from collections import OrderedDict
from collections.abc import Iterator
from typing import Generic, TypeVar

Value = TypeVar("Value")


class Recent(Generic[Value]):
    """The newest value of each key; the one that changed longest ago goes first when full.

    Args:
        limit: Entries kept at most.
    """

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self._entries: OrderedDict[str, tuple[int, Value]] = OrderedDict()

    def __len__(self) -> int:
        return len(self._entries)

    def __iter__(self) -> Iterator[Value]:
        return (value for _, value in list(self._entries.values()))

    def get(self, key: str) -> Value | None:
        """Return the value of a key, or None."""
        entry = self._entries.get(key)
        return entry[1] if entry is not None else None

    def put(self, key: str, value: Value, sequence: int) -> None:
        """Set the value of a key.

        Args:
            key: Which entry.
            value: Its new value.
            sequence: Number of this change, higher than all before.
        """
        self._entries[key] = (sequence, value)
        self._entries.move_to_end(key)
        while len(self._entries) > self.limit:
            self._entries.popitem(last=False)

    def after(self, sequence: int) -> tuple[Value, ...]:
        """Return the values that changed after a number, in order of change.

        The cost is that of what is returned, not of what is kept.
        """
        found = []
        for changed, value in reversed(self._entries.values()):
            if changed <= sequence:
                break
            found.append(value)
        return tuple(reversed(found))
