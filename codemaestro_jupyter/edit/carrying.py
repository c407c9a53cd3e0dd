"""What a file has besides bytes and permission bits goes on to what replaces it: owner, group, ACL, attributes."""

from __future__ import annotations

import os
import stat
from contextlib import suppress


def carry_over(old: str, new: str) -> None:
    """Give `new` what `old` has, as far as the system lets us; nothing is raised.

    Where the group cannot be kept, it may do no more than everybody may: another group must not read what one could
    (vim does the same).
    """
    with suppress(OSError):
        was, now = os.stat(old), os.stat(new)
        if os.name == "posix" and (was.st_uid, was.st_gid) != (now.st_uid, now.st_gid):
            mode = stat.S_IMODE(now.st_mode)
            if not owned(new, was.st_uid, was.st_gid) and not owned(new, -1, was.st_gid):
                mode = mode & ~0o070 | (mode & 0o007) << 3
            os.chmod(new, mode)  # a new owner takes the bits of setuid and setgid away
    if hasattr(os, "listxattr"):  # Linux; an ACL is one of them
        with suppress(OSError):
            for name in os.listxattr(old):
                with suppress(OSError):
                    os.setxattr(new, name, os.getxattr(old, name))


def owned(path: str, user: int, group: int) -> bool:
    """Whether a file could be given an owner (-1: as it is) and a group."""
    try:
        os.chown(path, user, group)
    except OSError:
        return False
    return True
