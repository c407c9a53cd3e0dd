"""A shop in memory: code, tests, a notebook, awkward names and contents, a past, and something that failed."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime
from urllib.parse import unquote

import pytest

from codemaestro_jupyter.plan.offline import answer
from codemaestro_jupyter.plan.scripted_sources import ScriptedSources
from codemaestro_jupyter.plan.sources import Sources
from codemaestro_jupyter.types import (
    Answer,
    AnswerPart,
    Cell,
    CellId,
    Commit,
    Failure,
    Frame,
    GitStatus,
    NotebookId,
    NotebookPicture,
    RelPath,
    Variable,
)

NOW = datetime(2026, 3, 18, 12, 0, tzinfo=UTC).timestamp()  # a Wednesday
DAY = 86_400.0

ORDERS = '''"""Orders of the shop."""

from shop.users import load_user


class Basket:
    """What somebody wants to buy.

    Prices are in cents.
    """

    def __init__(self, user_id, items):
        self.user_id = user_id
        self.items = items

    def total(self, users):
        """Sum of the prices, with the user's discount."""
        user = load_user(users, self.user_id)
        return sum(self.items) * (1 - user["discount"])


def checkout(basket, users):
    return basket.total(users)
'''
USERS = '''def load_user(users, key):
    """One user by id, as `dict`."""
    return users[key]


DEFAULT_USER = {"discount": 0.0}
'''
TEST = """from shop.orders import Basket


def test_total():
    users = {1: {"discount": 0.5}}
    assert Basket(1, [100]).total(users) == 50
"""
NOTEBOOK = "# %% [md]\n# Analysis\n\n# %%\nfrom shop.orders import checkout\nframe = checkout(basket, users)\n\n# %%\n"
README = "# The shop\n\nIt sells *things*. See ```code``` and <b>bold</b>.\n\n```python\ncheckout(basket, users)\n```\n"
ODD = "VALUE = '`' + '``' + \"```\"\n\tINDENTED = 1\r\nLAST_LINE = 'é'"


def project(**changes: object) -> ScriptedSources:
    """The shop; keyword arguments replace what `ScriptedSources` is given."""
    given: dict[str, object] = {
        "texts": {
            "shop/__init__.py": "",
            "shop/orders.py": ORDERS,
            "shop/users.py": USERS,
            "tests/test_orders.py": TEST,
            "notebooks/analysis.ipynb": NOTEBOOK,
            "README.md": README,
            "docs/read me [draft] #1 (old).md": "# Old\n\nNothing `here`.\n",
            "odd/`tick`.py": ODD,
            "big/generated.py": "".join(f"def made_{number}(): return {number}\n" for number in range(500)),
            "big/min.js": "var fetched=1;" * 5_000,
        },
        "commits": (
            Commit("a" * 40, NOW - DAY, "Ada", "Add discount to <script>totals</script> ![x](http://e.x/y)", (RelPath("shop/orders.py"), RelPath("tests/test_orders.py"))),  # noqa: E501
            Commit("b" * 40, NOW - 8 * DAY, "Bob", "Load users by id", (RelPath("shop/users.py"), RelPath("shop/orders.py"))),  # noqa: E501
            Commit("c" * 40, NOW - 90 * DAY, "Ada", "Begin", (RelPath("README.md"), RelPath("gone.py"))),
        ),
        "status": GitStatus("main", "a" * 40, (RelPath("shop/users.py"),), (RelPath("odd/`tick`.py"),)),
        "diffs": {"shop/users.py": "--- a\n+++ b\n@@ -1,3 +1,3 @@\n def load_user(users, key):\n-    pass\n+    return users[key]\n"},  # noqa: E501
        "failures": (FAILURE,),
        "notebook": NotebookPicture(
            NotebookId("n"),
            RelPath("notebooks/analysis.ipynb"),
            (
                Cell(CellId("one"), "markdown", "# Analysis"),
                Cell(CellId("two"), "code", "from shop.orders import checkout\nframe = checkout(basket, users)"),
            ),
        ),
        "variables": (
            Variable("frame", "DataFrame", (10, 2), ("user", "dis|count"), ("int64", "float64"), "pandas"),
            Variable("users", "dict"),
        ),
        "likely": ("shop/orders.py", "shop/users.py"),
    }  # fmt: skip
    return ScriptedSources(**{**given, **changes})  # type: ignore[arg-type]


FAILURE = Failure(
    "traceback",
    "KeyError: 'discount'",
    "",
    (
        Frame(None, 2, "<module>", "frame = checkout(basket, users)", CellId("two")),
        Frame(RelPath("shop/orders.py"), 23, "checkout", "return basket.total(users)"),
        Frame(RelPath("shop/orders.py"), 19, "total", 'return sum(self.items) * (1 - user["discount"])'),
    ),
    NOW - 60,
    "kernel",
)

Ask = Callable[..., Answer]


def run(text: str, sources: Sources, **options: object) -> tuple[list[AnswerPart], Answer]:
    """Every part of an answer and the whole."""
    stream = answer(text, sources, **{"now": NOW, "zone": UTC, **options})  # type: ignore[arg-type]
    parts = []
    while True:
        try:
            parts.append(next(stream))
        except StopIteration as stop:
            return parts, stop.value


@pytest.fixture
def ask() -> Ask:
    """Ask the shop: `ask(text)`, or other sources with `sources=`."""

    def asked(text: str, sources: Sources | None = None, **options: object) -> Answer:
        return run(text, sources or project(), **options)[1]

    return asked


@pytest.fixture
def shop() -> ScriptedSources:
    """The shop itself."""
    return project()


@pytest.fixture
def make_shop() -> Callable[..., ScriptedSources]:
    """The shop with changes."""
    return project


@pytest.fixture
def run_parts() -> Callable[..., tuple[list[AnswerPart], Answer]]:
    """Like `ask`, with the parts."""
    return run


LINK = re.compile(r"\[(`+ ?)((?:(?!\1).)+?)( ?`+)\]\(([^()\s]+)\)")
SAID = re.compile(
    r"^\s*- (?P<head>.*?\[`[^`\]]*`\]\((?P<url>[^()\s]+)#line=(?P<line>\d+)\))(?P<rest>.*)$", re.MULTILINE
)
SPAN = re.compile(r"(?<!`)(`+)(?!`)(.+?)(?<!`)\1(?!`)")


def said_in(rest: str) -> str | None:
    """The code that ends a list item: what the item says to stand on its line."""
    spans = list(SPAN.finditer(rest))
    if not spans or spans[-1].end() < len(rest.rstrip("…")) or not rest[: spans[-1].start()].endswith((": ", " ")):
        return None
    if spans[-1].start() > 1 and not rest[: spans[-1].start()].endswith(": "):
        return None
    text = spans[-1][2]
    return text[1:-1] if text[:1] == text[-1:] == " " and text.strip() else text


def broken_facts(sources: Sources, given: Answer) -> list[str]:
    """What an answer says that its sources do not: missing files and lines, quotes that are not there."""
    wrong = []
    base = given_base(sources)

    def lines(path: str) -> list[str]:
        return [line.removesuffix("\r") for line in sources.read(RelPath(path)).text.split("\n")]

    def file_of(url: str) -> str:
        steps = [*base, *unquote(url).split("/")]
        found: list[str] = []
        for step in steps:
            found = found[:-1] if step == ".." else [*found, step]
        return "/".join(found)

    files = sources.files()
    for quote in given.data["quotes"]:  # type: ignore[attr-defined]
        content = lines(quote["path"])
        if not 1 <= quote["line"] <= len(content) or content[quote["line"] - 1] != quote["text"]:
            wrong.append(f"quote {quote}")
    for match in LINK.finditer(given.markdown):
        url, _, fragment = match[4].partition("#line=")
        path = file_of(url)
        if path not in files:
            wrong.append(f"link {match[0]}")
        elif fragment and not 0 <= int(fragment) < len(lines(path)):
            wrong.append(f"line {match[0]}")
    for match in SAID.finditer(given.markdown):
        said = said_in(match["rest"])
        line = lines(file_of(match["url"]))[int(match["line"])]
        if said is not None and said not in line.expandtabs(4) and said not in line.strip().expandtabs(4):
            wrong.append(f"said {match[0]}")
    for source in given.sources:
        found = re.fullmatch(r"(.+?):(\d+)(?:-(\d+))?", source)
        if found and (found[1] not in files or int(found[3] or found[2]) > len(lines(found[1]))):
            wrong.append(f"source {source}")
    return wrong


def given_base(sources: Sources) -> list[str]:
    """The folder that links start from."""
    notebook = sources.notebook()
    return notebook.path.split("/")[:-1] if notebook and notebook.path else []


@pytest.fixture
def facts() -> Callable[[Sources, Answer], list[str]]:
    """The check that nothing is invented."""
    return broken_facts
