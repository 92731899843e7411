"""What root does in a folder of the agent, it does with the agent's rights.

Whoever owns a folder can put a link there at any moment: root would follow it, and write, give away
or remove files anywhere. So a command that is run by sudo takes the owner's rights for as long as
it works there, and takes its own back only to read what the person who called it has named.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

ROOT: Final = 0


@contextmanager
def as_owner_of(folder: Path) -> Iterator[None]:
    """Work with the rights of a folder's owner; changes nothing for who is not root.

    Children that are started meanwhile have the owner's rights for good.

    Args:
        folder: It, or the first above it that is there, says who.

    Raises:
        PermissionError: The rights cannot be changed.
    """
    owner = next(one for one in (folder, *folder.absolute().parents) if one.exists()).stat()
    if os.geteuid() != ROOT or owner.st_uid == ROOT:
        yield
        return
    groups = os.getgroups()
    os.setgroups([owner.st_gid])
    os.setresgid(owner.st_gid, owner.st_gid, ROOT)
    os.setresuid(owner.st_uid, owner.st_uid, ROOT)
    try:
        yield
    finally:
        os.setresuid(ROOT, ROOT, ROOT)
        os.setresgid(ROOT, ROOT, ROOT)
        os.setgroups(groups)


@contextmanager
def as_caller() -> Iterator[None]:
    """Within `as_owner_of`, have the caller's rights again, to read what they have named."""
    _, own, saved = os.getresuid()
    if own == saved or saved != ROOT:
        yield
        return
    os.seteuid(ROOT)
    try:
        yield
    finally:
        os.seteuid(own)
