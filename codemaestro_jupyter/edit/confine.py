"""Run a command that can write in one folder only and reaches no network: `python -I -S confine.py WALLS FOLDER …`.

A program of its own, which imports nothing of ours: a process with threads must not fork and go on. Walls of Linux
that need no privilege; whoever starts it says which (`confinement.py`), and what is said and cannot be had ends it
before the command begins. Constants are those of the kernel's headers.

- `namespaces`: a network of its own with nothing but loopback; every file system read-only but the folder; sockets of
  other programs out of reach; processes of their own, which all end with the command.
- `landlock`: no writing but below the folder, devices included; no signal to, and no look into, processes outside. It
  knows nothing of modes and times of files.
- `sockets`: no socket at all, but in pairs; for where there are no namespaces.
"""

import ctypes
import errno
import fcntl
import os
import socket
import stat
import struct
import sys

NEW_NAMESPACES = 0x00020000 | 0x08000000 | 0x10000000 | 0x20000000 | 0x40000000
"""CLONE_NEWNS, NEWIPC, NEWUSER, NEWPID, NEWNET."""
MS_BIND, MS_REC, MS_PRIVATE = 0x1000, 0x4000, 1 << 18
MOUNT_SETATTR, AT_FDCWD, AT_RECURSIVE, RDONLY = 442, -100, 0x8000, 1
CREATE_RULESET, ADD_RULE, RESTRICT_SELF = 444, 445, 446
WRITE_FILE, TRUNCATE = 1 << 1, 1 << 14
WRITING = WRITE_FILE | TRUNCATE | sum(1 << bit for bit in range(4, 14))
"""Of Landlock's rights all that write; the last of them came with its version 3 (Linux 6.2)."""
LEAST_LANDLOCK, SCOPED_LANDLOCK = 3, 6
OWN_SCOPE = 3
"""Neither abstract sockets nor signals of others: with version 6."""
SET_PDEATHSIG, SET_SECCOMP, CAPBSET_DROP, SET_NO_NEW_PRIVS = 1, 22, 24, 38
SOCKET_CALLS = {"x86_64": (0xC000003E, 41), "aarch64": (0xC00000B7, 198)}
"""By machine: how seccomp names it, and the number of socket(2) there."""
IO_URING_SETUP, X32 = 425, 0x40000000
LOAD, EQUAL, AT_LEAST, RETURN = 0x20, 0x15, 0x35, 0x06
ALLOW, REFUSE = 0x7FFF0000, 0x00050000 | 13
"""REFUSE: the call fails with EACCES."""
FRESH = (("tmpfs", "/dev/shm", "mode=1777"), ("devpts", "/dev/pts", "newinstance,ptmxmode=0666"))  # noqa: S108
"""Where programs share memory and open terminals: of their own."""
DEVICES = ("/dev/null", "/dev/zero", "/dev/full", "/dev/random", "/dev/urandom")

UNKNOWN = OSError(errno.EOPNOTSUPP, os.strerror(errno.EOPNOTSUPP))

libc = ctypes.CDLL(None, use_errno=True)


def call(name: str, *arguments: object) -> int:
    """A function of the C library; raises `OSError`."""
    given = [ctypes.c_long(item) if isinstance(item, int) else item for item in arguments]
    result = int(getattr(libc, name)(*given))
    if result < 0:
        raise OSError(ctypes.get_errno(), f"{name}: {os.strerror(ctypes.get_errno())}")
    return result


def mount(source: str, target: str, kind: str = "", flags: int = 0, data: str = "") -> None:
    """mount(2); raises `OSError`."""
    call("mount", source.encode(), target.encode(), kind.encode() or None, flags, data.encode() or None)


def read_only(target: str, *, on: bool) -> None:
    """A mount, and all below it, can only be read; or can be written again."""
    attributes = struct.pack("4Q", RDONLY * on, RDONLY * (not on), 0, 0)
    call("syscall", MOUNT_SETATTR, AT_FDCWD, target.encode(), AT_RECURSIVE, attributes, len(attributes))


def sockets() -> list[str]:
    """The sockets of other programs that stand in the file system: to write to them would be to act through them."""
    with open("/proc/net/unix", encoding="utf8", errors="surrogateescape") as listed:
        paths = {line.split(None, 7)[7].rstrip("\n") for line in listed if line.count("/")}
    return sorted(path for path in paths if path.startswith("/") and is_socket(path))


def is_socket(path: str) -> bool:
    """Whether a socket stands there, as far as this process may see."""
    try:
        return stat.S_ISSOCK(os.stat(path).st_mode)
    except OSError:
        return False


def leave() -> None:
    """New namespaces, in which this process is whoever it was; raises `OSError`."""
    user, group = os.geteuid(), os.getegid()
    call("unshare", NEW_NAMESPACES)
    for name, text in (("setgroups", "deny"), ("uid_map", f"{user} {user} 1"), ("gid_map", f"{group} {group} 1")):
        with open(f"/proc/self/{name}", "w", encoding="ascii") as file:
            file.write(text)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:  # loopback is down at first
        fcntl.ioctl(any_socket, 0x8914, struct.pack("16sh14x", b"lo", 1))  # SIOCSIFFLAGS, IFF_UP


def furnish(folder: str, hidden: list[str]) -> list[str]:
    """What can be seen from here on, by the first process of the namespaces; returns where else can be written."""
    mount("none", "/", flags=MS_REC | MS_PRIVATE)
    mount("proc", "/proc", "proc")
    for path in hidden:
        mount("/dev/null", path, flags=MS_BIND)
    mount(folder, folder, flags=MS_BIND | MS_REC)
    fresh = []
    for kind, path, options in FRESH:
        try:
            mount(kind, path, kind, data=options)
            fresh.append(path)
        except OSError:
            continue  # it stays what it is: read-only
    read_only("/", on=True)
    for path in (folder, *fresh):
        read_only(path, on=False)
    return fresh


def enclose(folder: str, others: list[str]) -> None:
    """Landlock: from here on this process, and all that it starts, write below the folder only."""
    version = call("syscall", CREATE_RULESET, None, 0, 1)
    if version < LEAST_LANDLOCK:
        raise UNKNOWN
    scoped = version >= SCOPED_LANDLOCK
    ruleset = struct.pack("3Q", WRITING, 0, OWN_SCOPE if scoped else 0)
    rules = call("syscall", CREATE_RULESET, ruleset, len(ruleset) if scoped else 8, 0)
    devices = [path for path in (*DEVICES, *("/dev/ptmx",) * ("/dev/pts" in others)) if os.path.exists(path)]
    allowed = [(path, WRITING) for path in (folder, *others)]
    for path, rights in (*allowed, *((path, WRITE_FILE | TRUNCATE) for path in devices)):
        place = os.open(path, os.O_PATH | os.O_CLOEXEC)
        call("syscall", ADD_RULE, rules, 1, struct.pack("=Qi", rights, place), 0)
        os.close(place)
    call("syscall", RESTRICT_SELF, rules, 0)
    os.close(rules)


def refuse_sockets() -> None:
    """seccomp: no socket from here on, by whatever call; `socketpair` stays."""
    if os.uname().machine not in SOCKET_CALLS:
        raise UNKNOWN
    machine, make_socket = SOCKET_CALLS[os.uname().machine]
    steps = (
        (LOAD, 0, 0, 4), (EQUAL, 0, 4, machine),
        (LOAD, 0, 0, 0), (AT_LEAST, 2, 0, X32), (EQUAL, 1, 0, make_socket), (EQUAL, 0, 1, IO_URING_SETUP),
        (RETURN, 0, 0, REFUSE), (RETURN, 0, 0, ALLOW),
    )  # fmt: skip
    program = ctypes.create_string_buffer(b"".join(struct.pack("HBBI", *step) for step in steps))
    call("prctl", SET_SECCOMP, 2, struct.pack("HP", len(steps), ctypes.addressof(program)), 0, 0)


def begin(walls: str, folder: str, command: list[str], others: list[str]) -> None:
    """Become the command, without a way to more rights; raises `OSError`."""
    for capability in range(64):  # of a superuser, too
        libc.prctl(CAPBSET_DROP, capability, 0, 0, 0)
    call("prctl", SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    if "landlock" in walls:
        enclose(folder, others)
    if "sockets" in walls:
        refuse_sockets()
    os.execvp(command[0], command)  # noqa: S606


def outcome(status: int) -> int:
    """How a process ended, as an exit code."""
    code = os.waitstatus_to_exitcode(status)
    return code if code >= 0 else 128 - code


def first(walls: str, folder: str, command: list[str], hidden: list[str]) -> int:
    """The first process of the namespaces: starts the command and ends with it, and all others with it."""
    call("prctl", SET_PDEATHSIG, 9, 0, 0, 0)
    here = os.getcwd()
    others = furnish(folder, hidden)
    os.chdir(here)  # as it is mounted now
    mine = os.fork()
    if not mine:
        begin(walls, folder, command, others)
    while True:
        ended, status = os.wait()
        if ended == mine:
            return outcome(status)


def main(walls: str, folder: str, *command: str) -> int:
    """The command's exit code; raises `OSError` where a wall cannot be had. It ends with who started it."""
    call("prctl", SET_PDEATHSIG, 9, 0, 0, 0)
    if "namespaces" not in walls:
        begin(walls, folder, list(command), [])
    hidden = sockets()
    leave()
    child = os.fork()
    if not child:
        os._exit(first(walls, folder, list(command), hidden))
    return outcome(os.waitpid(child, 0)[1])


if __name__ == "__main__":
    try:
        sys.exit(main(*sys.argv[1:]))
    except OSError as error:
        sys.exit(f"It could not be confined: {error}")
