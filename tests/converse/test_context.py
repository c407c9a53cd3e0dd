"""The front of a prompt is the same bytes as long as nothing in it changed, and only ever grows behind."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from codemaestro_jupyter.converse.clarify import Clear
from codemaestro_jupyter.converse.context import Front, about_changes, facts, front, looks, main_parts
from codemaestro_jupyter.converse.machine import State, Submitted, Think, step
from codemaestro_jupyter.plan.prompt import Moment, later, prompt
from codemaestro_jupyter.plan.scripted_sources import ScriptedSources
from codemaestro_jupyter.types import FileText, Fingerprint, RelPath, Variable

PATHS = tuple(RelPath(f"m{number}.py") for number in range(8))
wanted = st.lists(st.sampled_from(PATHS), max_size=4, unique=True).map(tuple)


class Files:
    """A project of some files, which may change."""

    def __init__(self) -> None:
        self.texts = {path: f"def name_{path[1]}(): ...\n" for path in PATHS}

    def read(self, path: RelPath) -> FileText:
        text = self.texts[path]
        return FileText(path, text, Fingerprint(f"look {text}"), len(text))

    def files(self) -> tuple[RelPath, ...]:
        return PATHS

    def fingerprint(self, resource: str) -> Fingerprint | None:
        return Fingerprint(f"now {resource}")


def fronts(sources: Any, wishes: list[tuple[RelPath, ...]]) -> list[Front]:
    found: list[Front] = []
    for wish in wishes:
        found.append(front(sources, found[-1] if found else None, wish))
    return found


@given(st.lists(wanted, min_size=1, max_size=6), st.text(max_size=30), st.text(max_size=30))
def test_each_prompt_begins_with_the_bytes_of_the_one_before(
    wishes: list[tuple[RelPath, ...]], request_: str, other: str
) -> None:
    made = fronts(Files(), wishes)
    for before, after in pairwise(made):
        assert after.prefix.text.encode().startswith(before.prefix.text.encode())
    last = made[-1]
    assert set(last.prefix.files) == {path for wish in wishes for path in wish}
    system, user = prompt(last.prefix, Moment(request_))
    assert [message.content[: message.stable] for message in (system, user)] == [
        message.content for message in last.prefix.messages
    ]
    assert prompt(last.prefix, Moment(other))[1].content.startswith(last.prefix.text)
    assert fronts(Files(), wishes)[-1] == last, "another session makes the same bytes"


@given(st.lists(wanted, min_size=1, max_size=4), st.sampled_from(PATHS))
def test_only_what_stands_behind_a_changed_file_is_read_anew(wishes: list[tuple[RelPath, ...]], path: RelPath) -> None:
    sources: Any = Files()
    before = fronts(sources, wishes)[-1]
    sources.texts[path] = "changed = True\n"
    after = front(sources, before, ())
    assert after.prefix.files == before.prefix.files
    if path in before.prefix.files:
        place = before.prefix.text.index(f"<<<data file {path}>>>")
        assert after.prefix.text[:place] == before.prefix.text[:place]
        assert after.prefix.text != before.prefix.text
    else:
        assert after is before


def test_an_answer_rests_on_what_was_told() -> None:
    sources: Any = Files()
    made = front(sources, None, PATHS[:1])
    assert looks(sources, made, Moment("why")) == dict(made.fingerprints)
    told = looks(sources, made, Moment("why", changed=PATHS[:1]))
    assert told == {**made.fingerprints, "git:status": Fingerprint("now git:status")}
    assert [about_changes(text) for text in ("review my changes", "what is a session")] == [True, False]


def test_where_nothing_speaks_for_a_place_the_parts_with_most_code_are_offered() -> None:
    code = {f"shop/{name}.py": "" for name in "abc"} | {"web/d.ts": "", "docs/conf.py": "", "tests/test_a.py": ""}
    assert [(file.path, file.probability) for file in main_parts(tuple(map(RelPath, code)))] == [
        ("shop/a.py", 0.75),
        ("web/d.ts", 0.25),
    ]
    sources = ScriptedSources(code | {"CHANGELOG.md": "Retries."}, likely=["CHANGELOG.md"])
    assert [file.path for file in facts(sources, "add retries", True).others][-2:] == ["shop/a.py", "web/d.ts"]
    assert "shop/a.py" not in [file.path for file in facts(sources, "add retries to the docs", True).others]


def test_files_of_the_top_folder_are_named_as_people_call_them() -> None:
    sources = ScriptedSources({"README.md": "", "README.de.md": "", "docs/readme.md": "", "read.py": ""})
    assert [file.path for file in facts(sources, "update the readme", True).files] == ["README.md"]


def test_what_the_project_does_not_name_is_not_known() -> None:
    sources = ScriptedSources({"auth/login.py": "class Session: ...\n"})
    said = ("auth", "logins", "Session", "yes", "undo", "tell me about the moon")
    assert [facts(sources, text, True).known for text in said] == [True, True, True, False, False, True]


def test_what_is_asked_of_a_frame_in_the_kernel_is_answered_with_code_and_no_plan_of_files() -> None:
    frames = [
        Variable("df", "DataFrame", (5, 3), ("day", "price", "shop"), module="pandas"),
        Variable("data", "ndarray", (5,), module="numpy"),
        Variable("n", "list", (3,)),
    ]
    sources = ScriptedSources({"shop/client.py": "def fetch(): ...\n", "web/a.py": "x = 1\n"}, variables=frames)
    said = {
        "add a column total to df": True,
        "drop the column shop of the frame df": True,
        "normalise @data": True,
        "change the prices in `df`": True,
        "add checks of the data to the client": False,
        "add retries to n": False,
        "write df to a file in shop/client.py": False,
        "add a login page": False,
    }
    assert {text: facts(sources, text, True).at_hand for text in said} == said
    known = facts(sources, "add a column total to df", True)
    _, done = step(State(), Submitted("add a column total to df", known))
    assert done == (Think(Clear("add a column total to df"), False),)


def test_a_model_is_told_the_columns_of_a_frame_and_no_value() -> None:
    frame = Variable("df", "DataFrame", (5, 40), tuple(f"c{n}" for n in range(40)), ("int64",) * 40, "pandas")
    said = later(Moment("mean of c1", variables=(Variable("n", "int"), frame)))
    columns = ", ".join(f"c{n} (int64)" for n in range(30))
    assert f"n: int\ndf: DataFrame[5, 40], columns {columns} and 10 more\n" in said
