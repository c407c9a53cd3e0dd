"""Renaming what a function holds: a parameter with its callers' keywords, or a local variable, and nothing else."""

from __future__ import annotations

import pytest

from codemaestro_jupyter.edit.blueprint import Blueprint, Component
from codemaestro_jupyter.edit.pipeline import Outcome, run
from codemaestro_jupyter.errors import AmbiguousError, ConflictError, EditError

API = (
    "import other\n\n\ndef fetch(user, timeout=3, *, retries=1):\n"
    '    """Fetch it.\n\n    :param timeout: seconds, the timeout\n    """\n'
    "    rows = [timeout for _ in range(retries)]\n"
    "    print(f'{timeout}', user.timeout, other.f(timeout=timeout))\n"
    "    def inner():\n        nonlocal timeout\n        timeout += 1\n        return rows\n"
    "    return inner, lambda timeout: timeout\n\n\ndef other_one(timeout):\n    return fetch(1, timeout=timeout)\n"
)
FILES = {
    "pkg/__init__.py": "from .api import fetch\n",
    "pkg/api.py": API,
    "other.py": "def f(timeout): ...\n",
    "use.py": (
        "from functools import partial\n\nimport pkg\nfrom pkg import fetch as get\nfrom pkg.api import fetch\n\n"
        "fetch(1, timeout=2)\nget(1, timeout=2)\npkg.fetch(1, timeout=2)\npartial(fetch, timeout=2)\n"
        "open(timeout=3)\n\n\n"
        "def g(x, opts={}):\n    x.fetch(timeout=3)\n    opts['timeout'] = 3\n    fetch(1, **opts)\n"
    ),
}


def outcome(said: str, files: dict[str, str] = FILES) -> Outcome:
    return run(said, Blueprint((Component(k, v.encode()) for k, v in files.items()), known=frozenset(files)))


def texts(found: Outcome) -> dict[str, str]:
    return {item.path: item.data.decode() for item in found.blueprint}


def test_a_parameter_is_renamed_with_the_keywords_of_its_callers() -> None:
    found = outcome("rename parameter timeout of fetch to limit")
    head, tail = API.split("\n\n\ndef other_one")
    inside = head.replace("timeout", "limit").replace("user.limit", "user.timeout").replace("f(limit=", "f(timeout=")
    inside = inside.replace("lambda limit: limit", "lambda timeout: timeout").replace("the limit", "the timeout")
    use = FILES["use.py"]
    for call in ("fetch(1, timeout", "get(1, timeout", "partial(fetch, timeout"):
        use = use.replace(call, call.replace("timeout", "limit"))
    assert texts(found) == {
        **FILES,
        "pkg/api.py": inside + "\n\n\ndef other_one" + tail.replace("fetch(1, timeout=", "fetch(1, limit="),
        "use.py": use,
    }
    assert {(item.path, item.before.strip(), item.why) for item in found.candidates} == {
        ("pkg/api.py", ":param limit: seconds, the timeout", "in a string or a comment"),
        ("use.py", "x.fetch(timeout=3)", "only fetch takes it"),
        ("use.py", "opts['timeout'] = 3", "may be handed over by **"),
    }
    assert found.warnings == ("What these calls hand over by ** cannot be seen: use.py:17.",)


@pytest.mark.parametrize(
    "said",
    [
        "rename variable rows in fetch to users",
        "rename local variable rows of function fetch to users",
        "rename rows in fetch to users",
        "rename variable rows in pkg/api.py::fetch to users",
        "rename fetch.rows to users",
    ],
)
def test_a_local_variable_is_renamed_where_it_lives(said: str) -> None:
    found = outcome(said)
    assert texts(found) == {**FILES, "pkg/api.py": API.replace("rows", "users")}


def test_a_method_and_those_of_its_heirs() -> None:
    files = {
        "a.py": (
            "class Base:\n    def get(self, old): ...\n\n\nclass Heir(Base):\n    def get(self, old):\n"
            "        return super().get(old=old)\n\n\nclass Far:\n    def get(self, old): ...\n\n\n"
            "def f(x: Base, y: Far, z):\n    x.get(old=1)\n    y.get(old=2)\n    z.get(old=3)\n    Heir().get(old=4)\n"
        )
    }
    found = outcome("rename parameter old of Base.get to new", files)
    text = files["a.py"].replace("old", "new").replace("y.get(new", "y.get(old").replace("z.get(new", "z.get(old")
    assert texts(found)["a.py"] == text.replace(
        "class Far:\n    def get(self, new)", "class Far:\n    def get(self, old)"
    )
    assert [item.before.strip() for item in found.candidates] == ["z.get(old=3)"]


def test_a_call_on_a_value_of_another_module_and_one_that_can_be_of_one_class_only() -> None:
    files = {
        "box.py": "class Box:\n    def get_bottom(self, old): ...\n\n\nHEAVY: Box = Box()\n",
        "use.py": (
            "import box\nfrom box import HEAVY\n\nHEAVY.get_bottom(old=1)\nbox.HEAVY.get_bottom(old=2)\n\n\n"
            "def f(x):\n    x.get_bottom(old=3)\n"
        ),
    }
    found = outcome("rename parameter old of Box.get_bottom to new", files)
    assert texts(found)["use.py"] == files["use.py"].replace("old=1", "new=1").replace("old=2", "new=2")
    assert [(item.before.strip(), item.why) for item in found.candidates] == [
        ("x.get_bottom(old=3)", "only Box.get_bottom takes it")
    ]


@pytest.mark.parametrize(
    ("name", "keyword", "why"),
    [("split", "old", "only Text.split takes it"), ("split", "sep", "cannot tell what is called")],
)
def test_what_everyday_objects_take_is_not_told_apart(name: str, keyword: str, why: str) -> None:
    text = f"class Text:\n    def {name}(self, {keyword}=1): ...\n\n\n"
    files = {"a.py": f"{text}def f(x):\n    x.{name}({keyword}=x.{keyword})\n"}
    found = outcome(f"rename parameter {keyword} of Text.{name} to new", files)
    assert [(item.before.strip(), item.after.strip(), item.why) for item in found.candidates] == [
        (f"x.{name}({keyword}=x.{keyword})", f"x.{name}(new=x.{keyword})", why)
    ]


def test_what_makes_a_class() -> None:
    files = {
        "a.py": (
            'class Client:\n    """A client.\n\n    Args:\n        old (int): what\n    """\n'
            "    def __init__(self, old=1):\n        self.old = old\n\n    @classmethod\n    def make(cls):\n"
            "        return cls(old=2)\n\n\nclass Heir(Client): ...\n\n\nclass Own(Client):\n"
            "    def __init__(self, old):\n"
            "        super().__init__(old=old)\n"
        ),
        "b.py": "from a import Client, Heir, Own\n\nClient(old=1).old\nHeir(old=1)\nOwn(old=1)\n",
    }
    found = texts(outcome("rename parameter old of Client to new", files))
    assert found["b.py"] == files["b.py"].replace("Client(old", "Client(new").replace("Heir(old", "Heir(new")
    expected = files["a.py"].replace("old (int)", "new (int)").replace("self, old=1", "self, new=1")
    expected = (
        expected.replace("= old\n", "= new\n").replace("cls(old", "cls(new").replace("__init__(old=", "__init__(new=")
    )
    assert found["a.py"] == expected


def test_a_function_spelt_like_a_class() -> None:
    files = {"a.py": "def GetInfo(old): ...\n\n\nGetInfo(old=1)\n"}
    assert texts(outcome("rename parameter old of GetInfo to new", files))["a.py"] == files["a.py"].replace(
        "old", "new"
    )


def test_a_field_of_a_dataclass_is_its_parameter() -> None:
    files = {
        "a.py": "from dataclasses import dataclass\n\n\n@dataclass\nclass P:\n    old: int\n\n\nP(old=1).old\n",
    }
    found = texts(outcome("rename parameter old of P to new", files))
    assert found["a.py"] == files["a.py"].replace("old", "new")


@pytest.mark.parametrize(
    ("new", "error"),
    [
        ("user", ConflictError),
        ("rows", ConflictError),
        ("other", ConflictError),
        ("range", ConflictError),
        ("1", EditError),
    ],
)
def test_a_name_that_is_taken_inside_is_refused(new: str, error: type[EditError]) -> None:
    with pytest.raises(error):
        outcome(f"rename parameter timeout of fetch to {new}")


def test_a_name_that_the_function_does_not_hold() -> None:
    with pytest.raises(EditError, match="There is no"):
        outcome("rename parameter speed of fetch to limit")
    assert texts(outcome("rename parameter timeout of fetch to print_", FILES))  # `print` itself is used, `print_` free


def test_a_function_of_two_files_is_asked_for_with_its_parameter() -> None:
    with pytest.raises(AmbiguousError) as caught:
        outcome("rename parameter a of f to b", {"m.py": "def f(a): ...\n", "n.py": "def f(a): ...\n"})
    assert caught.value.candidates == ("m.py::f.a", "n.py::f.a")


def test_what_is_handed_on_with_its_keywords_is_called() -> None:
    files = {
        "a.py": "def f(x, old=1): ...\n\n\ndef g(old): ...\n",
        "test_a.py": "import pytest\nimport a\n\npytest.raises(ValueError, a.f, 1, old=2)\npool.submit(a.f, old=3)\n"
        "pytest.raises(ValueError, a.g, old=2)\nself.run(a.f, old=4)\nself.run(a.g, old=5)\n",
    }
    found = outcome("rename parameter old of f to new", files)
    assert texts(found) == {
        "a.py": files["a.py"].replace("old", "new", 1),
        "test_a.py": files["test_a.py"].replace("a.f, 1, old", "a.f, 1, new").replace("a.f, old=3", "a.f, new=3"),
    }
    assert [(item.before, item.why) for item in found.candidates] == [
        ("self.run(a.f, old=4)", "cannot tell what is called")
    ]


def test_who_else_may_hand_it_over_is_said() -> None:
    files = {
        "a.py": "@common_options\ndef run(old): ...\n",
        "test_b.py": "def test_it(old): ...\n",
    }
    assert outcome("rename parameter old of run to new", files).warnings == (
        "@common_options may hand old to run by its name.",
    )
    patched = {"test_b.py": "from unittest import mock\n\n\n@mock.patch('x')\ndef test_it(old): ...\n"}
    assert outcome("rename parameter old of test_it to new", patched).warnings == (
        "@mock.patch may hand old to test_it by its name.",
    )
