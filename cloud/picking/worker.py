"""The process that picks: `python -m cloud.picking.worker DESCRIPTOR`.

It is given seismograms over a pipe and answers with picks. It ends when the pipe does, so that none
outlives its centre, and whatever happens to it costs the centre nothing but time.

    parent                                   worker
    PickingConfig                        ->
                                         <-  Ready(name) or Refused(reason)
    [Seismogram, ...]                    ->
                                         <-  [(PhasePick, ...), ...]
"""

import os
import signal
import sys
from multiprocessing.connection import Connection
from typing import Final

from cloud.picking.handshake import Ready, Refused

NICENESS: Final = 5
"""Triggers are taken in and joined first; a pick may wait."""


def serve(connection: Connection) -> None:
    """Answer until the pipe ends; an error that is not foreseen ends the process.

    Args:
        connection: To the centre.
    """
    # What a network needs is imported in this process alone.
    from cloud.picking.inline import open_inline_picker  # noqa: PLC0415
    from edge.errors import TremorError  # noqa: PLC0415

    try:
        picker = open_inline_picker(connection.recv())
    except TremorError as error:
        connection.send(Refused(str(error)))
        return
    connection.send(Ready(picker.name, picker.provider))
    while True:
        connection.send(picker.pick(connection.recv()))


def _main(descriptor: int) -> None:
    os.nice(NICENESS)
    # A terminal and a service manager tell every process to end; the centre ends this one.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)
    try:
        serve(Connection(descriptor))
    except (EOFError, BrokenPipeError, ConnectionResetError):
        # The centre is gone, or wants this process no more.
        return


if __name__ == "__main__":
    _main(int(sys.argv[1]))
