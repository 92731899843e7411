"""A computer that only pretends: it says on its console what a booting one says, and lets log in.

    python computer.py FOLDER ... -chardev socket,id=keys,path=SOCKET,... -drive file=CARD,...

FOLDER/boots holds one file a boot, taken in the order of their names: lines of the console. What is
typed is answered like a shell would.
"""

import os
import re
import signal
import socket
import sys
import threading
from pathlib import Path

_ANSWERS = {
    "list-units --failed": "",
    "cloud-init status": "status: done",
    "systemctl show edge-agent -p NRestarts": "NRestarts=0\nActiveState=active\nWatchdogUSec=1min",
    "hostname": "xx-kara1",
    "timedatectl": "NTPSynchronized=yes",
    "df -h": "3.4G  707M",
    "MemoryCurrent": "68M",
}


def say(line: str) -> None:
    """Print a line on the console."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def answer(command: str) -> str:
    """Return what a shell says to a command."""
    if "SIGSTOP" in command:
        say("systemd[1]: edge-agent.service: Watchdog timeout (limit 1min)!")
        say("systemd[1]: Started edge-agent.service - tremorkit station.")
    found = [said for part, said in _ANSWERS.items() if part in command]
    return found[-1] if found else ""


def terminal(path: str) -> None:
    """Let a person log in at the second terminal."""
    with socket.socket(socket.AF_UNIX) as door:
        door.bind(path)
        door.listen()
        link, _ = door.accept()
    stream = link.makefile("rwb", buffering=0)
    prompt = "xx-kara1 login: "
    stream.write(prompt.encode())
    typed = 0
    for raw in stream:
        command, typed = raw.decode().strip(), typed + 1
        if typed == 1:
            reply = prompt
        elif typed == 2:
            reply = "Password: "
        elif typed == 3:
            reply = "\x1b[?2004hkeeper@xx-kara1:~$ "
        elif "poweroff" in command:
            os.kill(os.getpid(), signal.SIGTERM)
        else:
            reply = f"{answer(command)}\nready-for-more>"
        stream.write(reply.replace("\n", "\r\n").encode())


def main() -> None:
    """Boot."""
    words = " ".join(sys.argv)
    place = re.search(r"path=([^,]+),", words)
    assert place is not None
    threading.Thread(target=terminal, args=(place[1],), daemon=True).start()
    boot = min(Path(sys.argv[1], "boots").iterdir())
    lines = boot.read_text().splitlines()
    boot.unlink()
    for line in lines:
        say(line)
    signal.pause()


main()
