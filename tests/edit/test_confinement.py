"""What runs in a copy writes there and nowhere else, reaches nobody, and nothing of it goes on."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
from functools import partial
from pathlib import Path

import pytest

from codemaestro_jupyter.edit import checks, confinement
from codemaestro_jupyter.edit.blueprint import Change, Component
from codemaestro_jupyter.edit.card import checks_markdown
from codemaestro_jupyter.edit.checks import Check, check_in_copy, run
from codemaestro_jupyter.edit.confinement import CANDIDATES, NOTHING, Walls, on_linux, on_macos, stands, unconfined
from codemaestro_jupyter.workspace.reader import Reader

LINUX = [item for item in CANDIDATES["linux"] if sys.platform == "linux" and stands(item)]
needs_linux = pytest.mark.skipif(not LINUX, reason="this system offers neither namespaces nor Landlock")

TRIES = """
import json, os, pathlib, signal, socket, subprocess, sys

given = json.loads(os.environ["GIVEN"])

def tried(function):
    try:
        function()
    except (OSError, subprocess.CalledProcessError) as error:
        return f"no: {type(error).__name__}"
    return "done"

def connect(family, address):
    with socket.socket(family) as one:
        one.connect(address)

def send(address):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as one:
        one.sendto(b"a", address)

project = pathlib.Path(given["project"])
did = {
    "home": tried(lambda: pathlib.Path(given["home"], "made").touch()),
    "outside": tried(lambda: pathlib.Path(given["outside"], "made").touch()),
    "new folder": tried(lambda: pathlib.Path(given["outside"], "folder").mkdir()),
    "overwrite": tried(lambda: (project / "pack.py").write_text("VALUE = 0")),
    "truncate": tried(lambda: os.truncate(project / "pack.py", 0)),
    "remove": tried(lambda: (project / "pack.py").unlink()),
    "move": tried(lambda: (project / "pack.py").rename(project / "other.py")),
    "link": tried(lambda: os.symlink("/", project / "link")),
    "child": tried(lambda: subprocess.run(
        [sys.executable, "-c", f"open({given['outside'] + '/made'!r}, 'w')"], check=True, capture_output=True
    )),
    "tcp": tried(lambda: connect(socket.AF_INET, ("127.0.0.1", given["port"]))),
    "udp": tried(lambda: send(("192.0.2.1", 53))),
    "unix": tried(lambda: connect(socket.AF_UNIX, given["socket"])),
    "signal": tried(lambda: os.kill(given["pid"], 0)),
    "memory": tried(lambda: open(f"/proc/{given['pid']}/mem", "wb").close()),
    "here": tried(lambda: pathlib.Path("made").touch()),
    "temporary": tried(lambda: __import__("tempfile").TemporaryFile().close()),
    "null": tried(lambda: open("/dev/null", "w").close()),
}
pathlib.Path("did.json").write_text(json.dumps(did))
"""


def tries(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, candidate: Walls) -> dict[str, str]:
    """What a program inside could do of all that it tried; the project is as it was."""
    project, outside, home = tmp_path / "project", tmp_path / "outside", tmp_path / "home"
    within = tmp_path / "within"
    copy = within / "copy"
    for folder in (project, outside, home, copy, within / checks.TEMPORARY):
        folder.mkdir(parents=True)
    (project / "pack.py").write_text("VALUE = 2\n", encoding="utf8")
    monkeypatch.setattr(checks, "walls", lambda: candidate)
    monkeypatch.setenv("HOME", str(home))
    with socket.create_server(("127.0.0.1", 0)) as server, socket.socket(socket.AF_UNIX) as other:
        other.bind(str(tmp_path / "s"))
        other.listen()
        given = {"project": str(project), "outside": str(outside), "home": str(home), "pid": os.getpid()}
        given |= {"port": server.getsockname()[1], "socket": str(tmp_path / "s")}
        monkeypatch.setenv("GIVEN", json.dumps(given))
        check = run(copy, "tries", [sys.executable, "-c", TRIES], 60.0, within=within)
    assert (check.passed, check.output, check.left) == (True, "", candidate.left)
    assert [path.name for path in (*project.iterdir(), *outside.iterdir(), *home.iterdir())] == ["pack.py"]
    assert (project / "pack.py").read_text("utf8") == "VALUE = 2\n"
    did: dict[str, str] = json.loads((copy / "did.json").read_text("utf8"))
    return did


@needs_linux
@pytest.mark.parametrize("candidate", LINUX, ids=lambda item: item.around.args[0])
def test_nothing_outside_is_written_or_reached(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, candidate: Walls
) -> None:
    did = tries(tmp_path.resolve(), monkeypatch, candidate)
    inside = {name for name, result in did.items() if result == "done"}
    assert inside == {"here", "temporary", "null"}


@needs_linux
def test_without_a_network_its_own_loopback_is_there(tmp_path: Path) -> None:
    if "namespaces" not in LINUX[0].around.args[0]:  # type: ignore[attr-defined]
        pytest.skip("no namespaces here")
    text = (
        "import socket, multiprocessing\nserver = socket.create_server(('127.0.0.1', 0))\n"
        "socket.create_connection(server.getsockname()).close()\nmultiprocessing.get_context('spawn').Lock()\n"
        "import os\nprint(os.getuid(), os.openpty() and 'a terminal')\n"
    )
    check = run(tmp_path, "loopback", [sys.executable, "-c", text], 60.0)
    assert check == Check("loopback", True, f"{os.getuid()} a terminal\n")


@needs_linux
def test_what_left_its_session_ends_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    if "namespaces" not in LINUX[0].around.args[0]:  # type: ignore[attr-defined]
        pytest.skip("no namespaces here")
    beat = tmp_path / "beat"
    child = f"import time\nwhile True:\n    open({str(beat)!r}, 'a').write('.')\n    time.sleep(0.01)\n"
    text = (
        "import os, subprocess, sys, time\n"
        f"subprocess.Popen([sys.executable, '-c', {child!r}], start_new_session=True)\n"
        f"while not os.path.exists({str(beat)!r}):\n    time.sleep(0.01)\n"
    )
    assert run(tmp_path, "leaves a daemon", [sys.executable, "-c", text], 60.0).passed
    size = beat.stat().st_size
    time.sleep(0.1)
    assert beat.stat().st_size == size


@needs_linux
def test_it_ends_with_who_started_it(tmp_path: Path) -> None:
    beat = tmp_path / "beat"
    text = f"import time\nwhile True:\n    open({str(beat)!r}, 'a').write('.')\n    time.sleep(0.01)\n"
    starts = (
        "import sys\nfrom pathlib import Path\nfrom codemaestro_jupyter.edit.checks import run\n"
        f"run(Path({str(tmp_path)!r}), 'beats', [sys.executable, '-c', {text!r}], 600.0)\n"
    )
    kernel = subprocess.Popen([sys.executable, "-c", starts])
    while not beat.exists():
        assert kernel.poll() is None
        time.sleep(0.01)
    kernel.kill()
    kernel.wait()
    sizes = [-1]
    while sizes[-1] != (size := beat.stat().st_size):
        assert len(sizes) < 50, "it goes on"
        sizes.append(size)
        time.sleep(0.2)


@needs_linux
def test_how_it_ended_is_told(tmp_path: Path) -> None:
    codes = [
        subprocess.run(item.around(tmp_path, [sys.executable, "-c", text]), check=False, cwd=tmp_path).returncode
        for item in LINUX
        for text in ("raise SystemExit(0)", "raise SystemExit(5)")
    ]
    assert codes == [0, 5] * len(LINUX)


@needs_linux
def test_a_wall_that_cannot_be_had_ends_it_before_it_begins(tmp_path: Path) -> None:
    command = on_linux("namespaces,landlock", tmp_path / "missing", [sys.executable, "-c", "open('made', 'w')"])
    done = subprocess.run(command, check=False, cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 1
    assert done.stderr.startswith("It could not be confined: ")
    assert list(tmp_path.iterdir()) == []


def test_where_nothing_is_offered_it_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "plan9")
    confinement.walls.cache_clear()
    try:
        assert confinement.walls() == Walls(unconfined, NOTHING)
        check = run(tmp_path, "echo", [sys.executable, "-c", "print(1)"], 60.0)
    finally:
        confinement.walls.cache_clear()
    assert check == Check("echo", True, "1\n", NOTHING)
    assert check.told == f"in a copy, `echo` passed ({NOTHING})"
    assert checks_markdown([check]) == f"- ✓ echo ({NOTHING})"


def test_what_does_not_stand_is_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    assert not stands(Walls(unconfined))  # it writes elsewhere
    assert not stands(Walls(lambda folder, command: ["/no/such/program", *command]))
    monkeypatch.setitem(CANDIDATES, sys.platform, (Walls(unconfined), Walls(partial(on_linux, "moats"))))
    confinement.walls.cache_clear()
    try:
        assert confinement.walls().left == NOTHING
    finally:
        confinement.walls.cache_clear()


def test_the_profile_of_macos_names_the_folder_and_keeps_its_quotes(tmp_path: Path) -> None:
    program, option, profile, *command = on_macos(Path('/a/b"c\\d'), ["true"])
    assert (program, option, command) == ("/usr/bin/sandbox-exec", "-p", ["true"])
    assert "(deny network*)" in profile
    assert '(deny file-write*)(allow file-write* (subpath "/a/b\\"c\\\\d") ' in profile
    assert profile.count("(") == profile.count(")")


def test_an_installed_project_is_read_from_the_copy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    root = tmp_path.resolve()
    (root / "src" / "pack").mkdir(parents=True)
    (root / "src" / "pack" / "__init__.py").write_text("VALUE = 2\n", encoding="utf8")
    (root / "test_pack.py").write_text(
        "from pack import VALUE\n\n\ndef test_value():\n    assert VALUE == 2\n", encoding="utf8"
    )
    monkeypatch.setenv("PYTHONPATH", str(root / "src"))  # as an editable install would
    path = "src/pack/__init__.py"
    change = Change(path, Component(path, b"VALUE = 2\n"), Component(path, b"VALUE = 3\n"))
    (check,) = check_in_copy(Reader(root), [change], tests=True)
    assert not check.passed
    assert "assert 3 == 2" in check.output
