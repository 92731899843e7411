"""What a station recorded of late, in a replay: blocks kept as its archive would keep them."""

from collections import deque
from collections.abc import Iterator

from cloud.seismogram import COMPONENTS
from cloud.thorough.pieces import Piece
from cloud.thorough.stretch import Stretch
from edge.packet import Block
from edge.timestamps import seconds_to_ns

_KEPT_NS = seconds_to_ns(900.0)


class RecentRecord:
    """A tap of one station's pipeline.

    Args:
        station: NETWORK.STATION.
    """

    def __init__(self, station: str) -> None:
        self.station = station
        self._blocks: deque[Block] = deque()

    def push(self, block: Block) -> None:
        """Take a block; what is older than a quarter of an hour is forgotten."""
        self._blocks.append(block)
        while self._blocks[0].arrival_ns < block.arrival_ns - _KEPT_NS:
            self._blocks.popleft()

    def pieces(self, stretch: Stretch) -> tuple[Piece, ...]:
        """Return what there is of a stretch at this moment."""
        return tuple(
            piece
            for block in self._blocks
            if block.start_ns < stretch.end_ns and block.end_ns > stretch.start_ns
            for piece in _pieces(block)
        )


def _pieces(block: Block) -> Iterator[Piece]:
    for component in range(len(COMPONENTS)):
        yield Piece(
            component=component,
            start_ns=block.start_ns,
            rate_hz=block.rate_hz,
            samples=block.samples[:, component],
            clipped=block.clipped,
            error_s=block.clock.error_s,
        )
