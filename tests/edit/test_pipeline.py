"""The four stages together: corrections are reported, faults are refused, and a batch is the fold of its commands."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from codemaestro_jupyter.edit import steps as s
from codemaestro_jupyter.edit.batches import conflicts, run_batch
from codemaestro_jupyter.edit.blueprint import Blueprint, Component
from codemaestro_jupyter.edit.decompose import decompose
from codemaestro_jupyter.edit.metrics import Metrics, prometheus
from codemaestro_jupyter.edit.pipeline import read_trace, run
from codemaestro_jupyter.errors import ConflictError, EditError, MaestroError


def blueprint(**files: str) -> Blueprint:
    named = {
        name.replace("_py", ".py").replace("_txt", ".txt").replace("_json", ".json"): text
        for name, text in files.items()
    }
    return Blueprint((Component(path, text.encode()) for path, text in named.items()), known=frozenset(named))


def texts(found: Blueprint) -> dict[str, str]:
    return {item.path: item.data.decode() for item in found}


@pytest.mark.parametrize(
    ("step", "files", "expected", "kind"),
    [
        (s.ReplaceText("a.py", "x = 1", "x = 2"), {"a_py": "pass\n", "b_py": "y = 0\nx = 1\n"}, None, None),
        (s.ReplaceText("a.py", "value = compute()", "value = 2"), {"a_py": "pass\n", "b_py": "value = compute()\n"},
         {"a.py": "pass\n", "b.py": "value = 2\n"}, "moved text"),
        (s.ReplaceText("a.py", "x = 1\ny = 2", "x = 3\ny = 4"), {"a_py": "if 1:\n    x = 1\n    y = 2\n"},
         {"a.py": "if 1:\n    x = 3\n    y = 4\n"}, "changed indent"),
        (s.ReplaceText("a.py", "x = 1\ny = 2", "x = 3\ny = 4"), {"a_py": "x = 1\r\ny = 2\r\n"},
         {"a.py": "x = 3\r\ny = 4\r\n"}, "line ends"),
        (s.InsertText("a.py", "import os", "start"), {"a_py": "import os\nx = 1\n"},
         {"a.py": "import os\nx = 1\n"}, "duplicate insertion"),
        (s.ReplaceText("a.py", "x = 1", "x = math.pi"), {"a_py": "x = 1\n"},
         {"a.py": "import math\n\nx = math.pi\n"}, "missing import"),
    ],
)  # fmt: skip
def test_common_mistakes_are_corrected_and_reported(
    step: s.Step, files: dict[str, str], expected: dict[str, str] | None, kind: str | None
) -> None:
    if expected is None:  # too short a text to believe that it moved
        with pytest.raises(EditError):
            run(step, blueprint(**files))
        return
    outcome = run(step, blueprint(**files))
    assert texts(outcome.blueprint) == expected
    assert [item.kind for item in outcome.corrections] == [kind]


@pytest.mark.parametrize(
    ("said", "message"),
    [
        ('replace "x = 1" with "x = (" in a.py', "would be broken"),
        ('replace "1}" with "1" in c.json', "would be broken"),
        ('append "x" to missing.py', "no file missing.py"),
        ("create a.py", "exists already"),
        ("create a.py/b.py", "is a file"),
        ("move a.py to c.json", "exists already"),
        (
            'replace "x = 1" with "x = 2" in a.py, then replace "x = 2" with "x = 1" in a.py',
            "Steps 1 and 2 undo each other",
        ),
        ('create n.txt with "1", then delete file n.txt', "Steps 1 and 2 undo each other"),
        ('append "x" to picture.txt', "binary"),
        ('append "y = 2" to a.py, then append "def" to a.py, then append "z = 3" to a.py', "Step 2 .*would be broken"),
        ('append "(" to a.py, then append ")" to a.py, then append "(" to a.py', "Step 3 .*would be broken"),
        ('create b.py with "x = 1", then append "]" to c.json, then append "y" to a.py', "Step 2 .*would be broken"),
    ],
)
def test_what_would_do_harm_is_refused_and_names_its_step(said: str, message: str) -> None:
    before = blueprint(a_py="x = 1\n", c_json='{"a": 1}')
    before = before.with_changes([("picture.txt", Component("picture.txt", b"\x89PNG\x00"))])
    start = list(before)
    with pytest.raises(MaestroError, match=message):
        run(said, before)
    assert list(before) == start


def test_a_file_that_was_broken_before_may_be_changed_with_a_warning() -> None:
    outcome = run('replace "x = 1" with "x = 2" in a.py', blueprint(a_py="x = 1\ny = (\n"))
    assert texts(outcome.blueprint) == {"a.py": "x = 2\ny = (\n"}
    assert outcome.warnings == ("a.py was broken before and still is: '(' was never closed (line 2).",)


def test_each_changed_file_is_parsed_once_and_others_never() -> None:
    before = blueprint(a_py="x = 1\n", b_py="broken (\n", c_txt="y")
    said = 'replace "1" with "2" in a.py, then append "y = 1" to a.py, then append "z" to c.txt'
    assert run(said, before).parsed == 1


def test_the_trace_tells_each_step_and_its_reason() -> None:
    outcome = run('append "y = 1" to a.py', blueprint(a_py="x = 1\n"))
    assert read_trace(outcome.trace) == {
        "steps": [[1, "insert text a.py", 'append "y = 1" to a.py']],
        "changes": [["a.py", 6, 12]],
        "corrections": [],
    }


NAMES = ["a.py", "b.py", "c.txt", "d.txt"]
COMMANDS = st.lists(
    st.one_of(
        st.builds(
            s.InsertText, st.sampled_from(NAMES), st.sampled_from(["u = 1", "v = 2"]), st.sampled_from(["start", "end"])
        ),
        st.builds(
            s.ReplaceText, st.sampled_from(NAMES), st.sampled_from(["x = 1", "y"]), st.sampled_from(["x = 3", "w"])
        ),
        st.builds(s.CreateFile, st.sampled_from(["e.py", "f.txt"]), st.just("x = 1\n")),
        st.builds(s.RenameFile, st.sampled_from(NAMES), st.sampled_from(["g.py", "h.txt"])),
        st.builds(s.RenameSymbol, st.sampled_from(["f", "g"]), st.sampled_from(["h", "i"])),
        st.builds(s.AddDocstring, st.sampled_from(["f", "h"]), st.just("Do.")),
    ),
    min_size=1,
    max_size=4,
)


@settings(deadline=None)
@given(COMMANDS)
def test_a_batch_equals_the_fold_of_its_commands_or_is_refused_whole(commands: list[s.Step]) -> None:
    before = blueprint(
        a_py="x = 1\n\n\ndef f(): ...\n",
        b_py="from a import f\n\n\ndef g(): ...\n\n\nf()\n",
        c_txt="y\n",
        d_txt="x = 1\n",
    )
    start = list(before)
    try:
        batch = run_batch(commands, before)
    except ConflictError:
        assert list(before) == start
        return
    except MaestroError:
        with pytest.raises(MaestroError):
            fold(commands, before)
        return
    assert batch.blueprint == fold(commands, before)


def fold(commands: list[s.Step], blueprint: Blueprint) -> Blueprint:
    for command in commands:
        blueprint = run(command, blueprint).blueprint
    return blueprint


@pytest.mark.parametrize(
    ("commands", "names"),
    [
        (["delete file a.py", 'append "x" to a.py'], ["Commands 1 and 2 conflict in a.py"]),
        (["create n.py", "create n.py"], ["Commands 1 and 2 conflict in n.py: both create it."]),
        (["rename f to g", "add logging to x", "rename f to h"], ["Commands 1 and 3 conflict in f: both rename f."]),
        (['replace "a" with "b" in a.py', 'replace "a" with "c" in a.py'], ["both replace the same place"]),
        (['append "x" to a.py', "delete file a.py"], []),
    ],
)
def test_conflicts_are_predicted_and_named(commands: list[str], names: list[str]) -> None:
    found = [str(item) for item in conflicts([decompose(command) for command in commands])]
    assert len(found) == len(names)
    assert all(name in text for name, text in zip(names, found, strict=True))


def test_metrics_are_bounded_and_read_as_prometheus_text() -> None:
    metrics = Metrics()
    for number in range(5_000):
        metrics.observe("verify", number / 1e6)
    metrics.count("conflicts", 'a "b"')
    text = prometheus(metrics.picture())
    assert 'codemaestro_edit_seconds{stage="verify",quantile="0.5"} 0.004499000' in text
    assert 'codemaestro_edit_seconds_count{stage="verify"} 5000' in text
    assert 'codemaestro_edit_conflicts_total{kind="a \\"b\\""} 1' in text
