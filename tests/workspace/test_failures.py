"""What went wrong, as others left it: tracebacks, pytest's cache, logs; no secrets, and nothing is run."""

from __future__ import annotations

import json
import linecache
import os
from collections.abc import Callable
from pathlib import Path
from types import TracebackType

import pytest

from codemaestro_jupyter.types import Failure, Frame
from codemaestro_jupyter.workspace.failures import LAST_FAILED, MOST_FRAMES, from_exception, log_tails, pytest_failures
from codemaestro_jupyter.workspace.secrets import WITHHELD


def caught(action: Callable[[], object]) -> tuple[type[BaseException], BaseException, TracebackType | None]:
    try:
        action()
    except BaseException as error:
        trace = error.__traceback__
        assert trace is not None
        return type(error), error, trace.tb_next
    raise AssertionError


def run_file(path: Path, call: str) -> Callable[[], object]:
    space: dict[str, object] = {}
    exec(compile(path.read_text(), str(path), "exec"), space)
    return lambda: eval(compile(call, "<cell>", "eval"), space)


def test_a_traceback_names_the_project_s_files(root: Path, write) -> None:
    write(root, {"pkg/a.py": "def f(d):\n    return d['user_id']\n"})
    kind, error, trace = caught(run_file(root / "pkg" / "a.py", "f({})"))
    failure = from_exception(kind, error, trace, root, when=5.0)
    frame = Frame("pkg/a.py", 2, "f", "return d['user_id']")
    assert failure.frames[-1] == frame
    assert failure.title == "KeyError: 'user_id'"
    assert failure.detail.split("\n")[:2] == ["KeyError: 'user_id'", "  pkg/a.py:2 in f: return d['user_id']"]
    assert (failure.kind, failure.source, failure.when) == ("traceback", "kernel", 5.0)


def test_cells_are_named_and_their_lines_shown(root: Path) -> None:
    name = "/var/run/ipykernel_12/345.py"
    linecache.cache[name] = (5, None, ["1 / 0\n"], name)
    try:
        kind, error, trace = caught(lambda: exec(compile("1 / 0", name, "exec"), {}))
        failure = from_exception(kind, error, trace, root, cells={name: "cell-7"})  # type: ignore[dict-item]
    finally:
        del linecache.cache[name]
    assert failure.frames[-1] == Frame(None, 1, "<module>", "1 / 0", "cell-7")
    assert "a cell:1 in <module>: 1 / 0" in failure.detail


def test_secrets_and_other_people_s_files_are_not_shown(root: Path, write, tmp_path: Path) -> None:
    write(root, {"a.py": "def f():\n    raise OSError  # ghp_" + "a1b2" * 9 + "\n"})
    write(root, {".venv/lib/b.py": "def f():\n    1 / 0\n"})
    write(tmp_path, {"c.py": "def f():\n    1 / 0\n"})
    frames = []
    for place in (root / "a.py", root / ".venv/lib/b.py", tmp_path / "c.py"):
        failure = from_exception(*caught(run_file(place, "f()")), root)
        frames.append((failure.frames[-1].path, failure.frames[-1].text))
        assert "ghp_" not in str(failure)
    assert frames == [("a.py", WITHHELD), (None, ""), (None, "")]
    leak = from_exception(ValueError, ValueError("password = 'hunter2hunter2'"), None, root)
    assert (leak.title, leak.detail) == (WITHHELD, WITHHELD)


@pytest.mark.parametrize(
    ("source", "title"),
    [
        (
            "def f(api_key):\n    raise ValueError(f'refused {api_key}, sorry')\n",
            f"ValueError: refused {WITHHELD}, sorry",
        ),
        ("def f(password):\n    raise KeyError(password)\n", f"KeyError: '{WITHHELD}'"),
        ("def f(name):\n    raise KeyError(name)\n", "KeyError: 'Zq8fW2pLx0VtR5nB7mKc'"),
        ("def f(_, token='identifier'):\n    raise ValueError(token)\n", "ValueError: identifier"),
    ],
)
def test_what_a_variable_calls_secret_is_withheld_from_messages(root: Path, write, source: str, title: str) -> None:
    """However it looks: a shape would not tell."""
    write(root, {"a.py": source})
    kind, error, trace = caught(run_file(root / "a.py", "f('Zq8fW2pLx0VtR5nB7mKc')"))
    failure = from_exception(kind, error, trace, root)
    assert (failure.title, failure.detail.split("\n")[0]) == (title, title)


def test_a_key_of_the_environment_and_one_of_a_cause_are_withheld(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOME_API_KEY", "Zq8fW2pLx0VtR5nB7mKc")

    def fail() -> None:
        secret_token = "".join(reversed("c0Zq8fW2pLx0VtR5nB7m"))
        try:
            raise ValueError(f"no {secret_token}")
        except ValueError as error:
            raise RuntimeError("no Zq8fW2pLx0VtR5nB7mKc") from error

    failure = from_exception(*caught(fail), root)
    assert failure.title == f"RuntimeError: no {WITHHELD}"
    assert f"after ValueError: no {WITHHELD}" in failure.detail


def test_variables_that_would_run_code_are_not_looked_at(root: Path) -> None:
    class Locals(dict):  # type: ignore[type-arg]
        def items(self) -> object:  # type: ignore[override]
            raise AssertionError("it was read")

    failure = from_exception(*caught(lambda: exec("1 / 0", {}, Locals(api_key="Zq8fW2pLx0VtR5nB7mKc"))), root)
    assert failure.title == "ZeroDivisionError: division by zero"


def test_endless_recursion_keeps_its_beginning_and_its_end(root: Path) -> None:
    def f() -> None:
        f()

    assert len(from_exception(*caught(f), root).frames) == MOST_FRAMES


def test_the_cause_is_told(root: Path) -> None:
    def f() -> None:
        try:
            int("x")
        except ValueError as error:
            raise RuntimeError("no number") from error

    failure = from_exception(*caught(f), root)
    assert failure.title == "RuntimeError: no number"
    assert "after ValueError: invalid literal for int() with base 10: 'x'" in failure.detail.split("\n")


def test_where_it_began_is_told_as_well(root: Path, write) -> None:
    write(root, {"low.py": "def low():\n    raise KeyError('k')\n", "high.py": HIGH})
    failure = from_exception(*caught(chained(root, "raise ValueError('v')")), root)
    assert failure.frames[-1] == Frame("high.py", 5, "high", "raise ValueError('v')")
    assert failure.before == (
        Frame("high.py", 3, "high", "low()"),
        Frame("low.py", 2, "low", "raise KeyError('k')"),
    )
    assert failure.detail.split("\n")[-3:] == [
        "after KeyError: 'k'",
        "  low.py:2 in low: raise KeyError('k')",
        "  high.py:3 in high: low()",
    ]
    assert from_exception(*caught(chained(root, "raise ValueError('v') from None")), root).before == ()


HIGH = "def high():\n    try:\n        low()\n    except KeyError as error:\n        RAISE\n"


def chained(root: Path, again: str) -> Callable[[], object]:
    (root / "high.py").write_text(HIGH.replace("RAISE", again))
    linecache.checkcache()
    space: dict[str, object] = {}
    for name in ("low.py", "high.py"):
        exec(compile((root / name).read_text(), str(root / name), "exec"), space)
    return space["high"]  # type: ignore[return-value]


def test_causes_in_a_circle_and_endless_chains_end(root: Path) -> None:
    first, second = ValueError("first"), ValueError("second")
    first.__context__, second.__context__ = second, first
    assert from_exception(ValueError, first, None, root).detail.count("after ") <= 2
    chain: BaseException = ValueError("0")
    for number in range(1, 100):
        following = ValueError(str(number))
        following.__cause__, chain = chain, following
    assert from_exception(ValueError, chain, None, root).detail.split("\n")[:2] == [
        "ValueError: 99",
        "after ValueError: 98",
    ]


def test_a_file_that_does_not_parse_is_the_innermost_frame(root: Path, write) -> None:
    write(root, {"broken.py": "x = 1\ndef f(:\n    token = 'ghp_" + "a1b2" * 9 + "'\n"})
    file = root / "broken.py"
    failure = from_exception(*caught(lambda: compile(file.read_text(), str(file), "exec")), root)
    assert failure.frames[-1] == Frame("broken.py", 2, "", "def f(:")
    assert failure.title.startswith("SyntaxError: ")
    outside = from_exception(*caught(lambda: compile("x = (", "/elsewhere/x.py", "exec")), root)
    assert all(frame.path is None for frame in outside.frames)


def test_what_went_wrong_in_a_group_is_told(root: Path, write) -> None:
    write(root, {"low.py": "def low(kind):\n    raise kind('k')\n"})
    low = run_file(root / "low.py", "low")()
    errors = [caught(lambda kind=kind: low(kind))[1] for kind in (KeyError, OSError)]  # type: ignore[misc, operator]

    def together() -> None:
        raise ExceptionGroup("several", [ExceptionGroup("inner", errors[1:]), errors[0]])  # type: ignore[type-var]

    failure = from_exception(*caught(together), root)
    assert failure.title == "ExceptionGroup: several (2 exceptions)"
    assert failure.frames[-1] == Frame("low.py", 2, "low", "raise kind('k')")
    assert [line for line in failure.detail.split("\n") if line.startswith("with ")] == [
        "with KeyError: 'k'",
        "with OSError: k",
    ]


def test_an_exception_s_own_code_never_runs(root: Path) -> None:
    class Alarm(BaseException):
        pass

    def alarm(*_: object) -> str:
        raise Alarm

    names = ("__str__", "__repr__", "__bool__", "__len__", "__getattribute__", "__eq__", "__hash__")
    hostile = type("HostileError", (Exception,), {**dict.fromkeys(names, alarm), "__class__": property(alarm)})
    lying = type("LyingError", (OSError,), {"__class__": property(alarm)})
    thing = type("Thing", (), dict.fromkeys(("__repr__", "__str__"), alarm))()
    assert from_exception(hostile, hostile("told", 3), None, root).title == "HostileError: told"
    assert (
        from_exception(lying, lying(2, "No such file", "x"), None, root).title
        == "LyingError: [Errno 2] No such file: 'x'"
    )
    assert from_exception(KeyError, KeyError(thing), None, root).title == "KeyError"
    assert from_exception(OSError, OSError(2, "No", thing), None, root).title == "FileNotFoundError"
    assert from_exception(None, None, None, root).title == "BaseException"
    group = from_exception(ExceptionGroup, ExceptionGroup("many", [hostile("x")]), None, root)
    assert group.detail == "ExceptionGroup: many (1 exceptions)\nwith HostileError: x"


@pytest.mark.parametrize("make", [lambda: json.loads("{"), lambda: compile("(", "a", "exec"), lambda: b"\xff".decode()])
def test_messages_of_python_s_own_errors_are_theirs(root: Path, make: Callable[[], object]) -> None:
    kind, error, trace = caught(make)
    assert from_exception(kind, error, trace, root).title == f"{kind.__name__}: {error}"


def test_pytest_s_last_failures(root: Path, write) -> None:
    failed = {
        "tests/test_a.py::TestX::test_one[1-2]": True,
        "gone.py::test": True,
        "../out.py::t": True,
        "tests/test_a.py": True,
    }
    write(
        root,
        {"tests/test_a.py": "class TestX:\n    def test_one(self):\n        pass\n", LAST_FAILED: json.dumps(failed)},
    )
    os.utime(root / LAST_FAILED, (7, 7))
    one, two = pytest_failures(root)
    frame = (Frame("tests/test_a.py", 2, "test_one"),)
    detail = "It failed when pytest last ran."
    assert one == Failure("pytest", "tests/test_a.py::TestX::test_one[1-2]", detail, frame, 7.0, LAST_FAILED)
    assert two.frames == (Frame("tests/test_a.py", 1, ""),)


@pytest.mark.parametrize("content", ["", "[]", "{", "[" * 100_000, b"\xff\0", '{"a": 1}', '{"\\ud800": true}'])
def test_a_cache_that_says_nothing_useful(root: Path, write, content: str | bytes) -> None:
    write(root, {LAST_FAILED: content})
    assert pytest_failures(root) == ()


def test_a_test_is_found_in_its_class_whatever_its_parameters(root: Path, write) -> None:
    source = "class TestA:\n    def test_it(self): ...\n\nclass TestB:\n    async def test_it(self): ...\n\n"
    source += "def test_it(): ...\n\nif True:\n    def test_that(): ...\n"
    ids = {"t.py::TestB::test_it": 5, "t.py::TestA::test_it[a::b-c[1]]": 2, "t.py::test_it[x/y.py::z]": 7, "t.py": 1}
    ids |= {"t.py::TestC::test_it": 1, "t.py::test_that": 10}
    write(root, {"t.py": source, LAST_FAILED: json.dumps(dict.fromkeys(ids, True))})
    found = {failure.title: (failure.frames[0].line, failure.frames[0].function) for failure in pytest_failures(root)}
    assert found == {
        name: (line, name.partition("[")[0].partition("::")[2].split("::")[-1]) for name, line in ids.items()
    }


def test_a_secret_that_the_cut_of_a_log_halves_is_not_shown(root: Path, write) -> None:
    secret, end = "ghp_" + "a1b2" * 9, "\nERROR it broke\n"
    for left in range(1, len(secret) + 1):
        write(root, {"a.log": "token " + secret + "z" * (16_000 - left - len(end)) + end})
        assert [failure.detail for failure in log_tails(root)] == ["ERROR it broke"]


def test_a_cache_that_leads_out_of_the_project_is_not_followed(root: Path, tmp_path: Path, write) -> None:
    write(root, {"a.py": ""})
    write(tmp_path, {"v/cache/lastfailed": '{"a.py": true}'})
    (root / ".pytest_cache").symlink_to(tmp_path)
    assert pytest_failures(root) == ()


def test_errors_in_logs_newest_first(repository: Path, write) -> None:
    frames = f'  File "{repository}/a.py", line 1, in <module>\n  File "/x.py", line 2\n'
    trace = f"Traceback (most recent call last):\n{frames}KeyError: 'k'\n"
    write(
        repository,
        {
            ".gitignore": "*.log\n",
            "app.log": "INFO fine\nERROR it broke\nINFO token = 'ghp_" + "a1b2" * 9 + "'\n",
            "logs/job.LOG": "start\n" + trace,
            "fine.log": "INFO all is well\n",
            "node_modules/x.log": "ERROR",
            "empty.log": "",
            "a/b/c/d/e/deep.log": "ERROR",
        },
    )
    (repository / "loop.log").symlink_to(repository / "app.log")
    os.utime(repository / "app.log", (10, 10))
    os.utime(repository / "logs" / "job.LOG", (20, 20))
    newest, older = log_tails(repository)
    assert (newest.title, newest.source, newest.when) == ("KeyError: 'k'", "logs/job.LOG", 20.0)
    assert newest.frames == (Frame("a.py", 1, "<module>"), Frame(None, 2, ""))
    assert (older.title, older.detail) == ("ERROR it broke", f"INFO fine\nERROR it broke\n{WITHHELD}")


def test_long_lines_and_large_logs_are_cut(root: Path, write) -> None:
    write(root, {"a.log": b"x" * 1_000_000 + b"\nERROR \xff" + b"y" * 10_000 + b"\n" * 2000})
    (failure,) = log_tails(root)
    assert failure.title.startswith("ERROR �yyy")
    assert len(failure.detail) <= 40 * 401
