"""The live picture: the newest of everything, for whoever looks."""

from cloud.board.board import Board, BoardConfig

__all__ = ["Board", "BoardConfig"]
