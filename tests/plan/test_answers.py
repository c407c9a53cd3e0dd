"""Each kind of answer on the shop: what it says, and what it says when there is nothing."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from codemaestro_jupyter.plan.diffs import DiffSummary, summarise
from codemaestro_jupyter.plan.explain import called_names
from codemaestro_jupyter.plan.scripted_sources import ScriptedSources
from codemaestro_jupyter.types import Answer, Failure, Frame, GitStatus, Match, RelPath, Variable

Ask = Callable[..., Answer]
Make = Callable[..., ScriptedSources]


def test_show_gives_the_lines_asked_for_and_nothing_else(ask: Ask) -> None:
    assert ask("show shop/users.py:1-2").markdown.startswith(
        "**[`shop/users.py`](../shop/users.py)** · 6 lines · [`lines 1-2`](../shop/users.py#line=0)\n\n"
        '```python\ndef load_user(users, key):\n    """One user by id, as `dict`."""\n```\n'
    )


def test_show_says_how_to_go_on_where_it_stops(ask: Ask) -> None:
    assert "`read lines 61-120 of big/generated.py`" in ask("show generated.py").markdown
    assert "It ends at line 6, so there are no lines 40-50." in ask("read lines 40-50 of shop/users.py").markdown
    assert "There is no cell 9. It has cells 1-3." in ask("show cell 9 of analysis.ipynb").markdown


def test_show_survives_backticks_in_names_and_contents(ask: Ask) -> None:
    assert "````markdown\n# The shop\n" in ask("show README.md").markdown
    assert "**[``odd/`tick`.py``](../odd/%60tick%60.py)** · 3 lines" in ask("show odd/`tick`.py").markdown


def test_show_lists_candidates_and_suggests_spellings(ask: Ask, make_shop: Make) -> None:
    two = make_shop(texts={"a/x.py": "", "b/x.py": "", "orders.py": ""})
    assert ask("show x.py", two).data["candidates"] == ["a/x.py", "b/x.py"]
    assert ask("show ordrs.py", two).markdown.startswith("There is no `ordrs.py`; this is [`orders.py`]")
    rivals = make_shop(texts={"orders.py": "", "ordens.py": ""})
    assert ask("show ordes.py", rivals).data["similar"] == ["ordens.py", "orders.py"]


def test_show_says_how_many_lines_are_withheld(ask: Ask, make_shop: Make) -> None:
    shop = make_shop(redacted={"shop/users.py": 2})
    assert "2 lines withheld because they look like secrets" in ask("show shop/users.py", shop).markdown


def test_find_names_definitions_first_then_uses_by_file(ask: Ask) -> None:
    answer = ask("find load_user")
    assert answer.data["definitions"] == [{"path": "shop/users.py", "line": 1, "kind": "function", "name": "load_user"}]
    assert answer.data["uses"] == [{"path": "shop/orders.py", "line": 3}, {"path": "shop/orders.py", "line": 18}]
    assert answer.markdown.index("is defined in 1 place") < answer.markdown.index("Used on 2 lines of 1 file")


def test_find_says_what_was_searched_and_what_to_try(ask: Ask) -> None:
    assert "`load_usr` is neither defined nor used in the 10 files of this project." in ask("find load_usr").markdown
    assert ask("explain Basket.totl").data["similar"] == ["Basket.total"]


def test_an_index_that_lags_behind_is_never_quoted(ask: Ask, make_shop: Make) -> None:
    class Stale(ScriptedSources):
        def uses(self, name: str) -> tuple[Match, ...]:
            moved = Match(RelPath("shop/orders.py"), 2, "user = load_user(users, self.user_id)", "use")
            gone = Match(RelPath("shop/orders.py"), 4, "load_user(was_here)", "use")
            deleted = Match(RelPath("shop/deleted.py"), 4, "load_user(x)", "use")
            return (moved, gone, deleted)

    answer = ask("find uses of load_user", Stale(make_shop().texts))
    assert answer.data["uses"] == [{"path": "shop/orders.py", "line": 18}]


def test_explain_gathers_what_is_known_of_a_symbol(ask: Ask) -> None:
    answer = ask("explain Basket.total")
    for said in (
        "**`Basket.total`** · method · [`shop/orders.py:16-19`](../shop/orders.py#line=15)",
        "> Sum of the prices, with the user's discount.",
        "- `load_user` [`shop/users.py:1`]",
        "in `checkout`: `return basket.total(users)`",
        "in `test_total`: `assert Basket(1, [100]).total(users) == 50`",
        "`aaaaaaa` 2026-03-17 Add discount to \\<script>totals\\</script> !\\[x\\](http://e.x/y) (Ada)",
    ):
        assert said in answer.markdown
    assert answer.data["tests"] == [{"path": "tests/test_orders.py", "line": 6}]


def test_explain_pictures_a_variable_without_its_values(ask: Ask) -> None:
    answer = ask("explain @frame")
    assert answer.data["variable"] == {
        "name": "frame", "type": "pandas.DataFrame", "shape": [10, 2], "columns": ["user", "dis|count"],
        "dtypes": ["int64", "float64"],
    }  # fmt: skip
    assert "- rows × columns: 10 × 2\n" in answer.markdown
    assert "| `dis\\|count` | `float64` |" in answer.markdown
    assert "- cell 2: `frame = checkout(basket, users)`" in answer.markdown
    assert ask("show frame").data["variable"] == answer.data["variable"]
    assert "Spelt like it: `@frame`" in ask("explain @frme").markdown


def test_what_changed_tells_the_working_tree_and_the_commits_of_the_time(ask: Ask) -> None:
    answer = ask("what changed since yesterday")
    assert answer.data["changed"] == ["shop/users.py"]
    assert [commit["sha"][0] for commit in answer.data["commits"]] == ["a"]  # type: ignore[attr-defined]
    assert "[`shop/users.py`](../shop/users.py) +1 −1 in `load_user`" in answer.markdown
    yesterday = ask("what changed yesterday")
    assert "Not committed" not in yesterday.markdown


def test_what_changed_keeps_to_a_path_or_a_topic(ask: Ask) -> None:
    shas = [
        [commit["sha"][0] for commit in ask(text).data["commits"]]
        for text in ("what changed in users.py", "what changed in shop", "what changed about discount")
    ]  # type: ignore[attr-defined]
    assert shas == [["b"], ["a", "b"], ["a"]]
    assert "none. The last one: `ccccccc` 2025-12-18" in ask("what changed in README.md today").markdown


def test_without_git_it_says_so(ask: Ask, make_shop: Make) -> None:
    answer = ask("what changed", make_shop(commits=(), status=GitStatus(), diffs={}))
    assert answer.markdown.startswith("This project has no git history")


def test_a_diff_is_counted_with_the_new_lines_it_touches() -> None:
    diff = "diff --git a/x b/x\n--- a/x\n+++ b/x\n@@ -1,3 +1,4 @@\n a\n-b\n+c\n+d\n e\n@@ -9 +10 @@\n--- x\n+++ y\n"
    found = summarise(diff)
    assert (found.added, found.removed, found.lines) == (3, 2, (2, 3, 10))
    assert summarise("") == DiffSummary(0, 0, (), "")


def test_why_shows_the_error_its_lines_and_labels_guesses(ask: Ask) -> None:
    answer = ask("why did it fail")
    assert answer.markdown.startswith("**`KeyError: 'discount'`** · traceback in the kernel · 2026-03-18 11:59\n")
    assert "[`shop/orders.py:19`](../shop/orders.py#line=18) in `total`" in answer.markdown
    assert "**Likely causes** (heuristics" in answer.markdown
    assert "The key `discount` is set at [`shop/users.py:6`]" in answer.markdown
    assert "cell 2, line 2: `frame = checkout(basket, users)`" in answer.markdown
    assert "[`tests/test_orders.py`](../tests/test_orders.py)" in answer.markdown


def test_why_says_if_the_file_has_changed_since(ask: Ask, make_shop: Make) -> None:
    frame = Frame(RelPath("shop/users.py"), 3, "load_user", "return users.pop(key)")
    answer = ask("why did it fail", make_shop(failures=(Failure("traceback", "KeyError: 1", "", (frame,)),)))
    assert "The file has changed since: `return users.pop(key)` stood on line 3 and is gone." in answer.markdown


def test_why_reads_a_pasted_traceback(ask: Ask) -> None:
    pasted = (
        "why?\n\nTraceback (most recent call last):\n"
        '  File "C:\\work\\proj\\shop\\orders.py", line 19, in total\n    return 1\n'
        '  File "/usr/lib/python3/site-packages/pandas/core.py", line 3, in get\n'
        "pandas.errors.EmptyDataError: No columns"
    )
    answer = ask(pasted)
    assert answer.tool == "failure"
    assert answer.data["title"] == "pandas.errors.EmptyDataError: No columns"
    assert answer.data["frames"][0] == {"path": "shop/orders.py", "line": 19, "function": "total"}  # type: ignore[index]


def test_why_without_a_failure_says_what_was_looked_at(ask: Ask, make_shop: Make) -> None:
    assert ask("why did it fail", make_shop(failures=())).markdown.startswith(
        "No failure is known: the kernel's last run"
    )


@pytest.mark.parametrize(
    ("title", "line", "said"),
    [
        ("KeyError: 'usr'", 'frame["usr"]', "`usr` is no column of `frame`; spelt like it: `user`."),
        ("KeyError: 'usr'", "", "`usr` is no column of `frame`; spelt like it: `user`."),
        ("NameError: name 'frme' is not defined", "frme", "The kernel has `frame`, spelt like `frme`."),
        ("NameError: name 'checkout' is not defined", "checkout(x)", "Cell 2 of the notebook sets `checkout`"),
        (
            "AttributeError: 'Basket' object has no attribute 'totl'",
            "b.totl()",
            "`Basket` has `total`, spelt like `totl`.",
        ),
        ("AttributeError: 'NoneType' object has no attribute 'x'", "load().x", "`load()` was None there"),
        (
            "ModuleNotFoundError: No module named 'shop.orders'",
            "import shop.orders",
            "The project has [`shop/orders.py`]",
        ),
        ("ModuleNotFoundError: No module named 'qqq'", "import qqq", "No file of the project is called `qqq`"),
        (
            "ImportError: cannot import name 'load_users' from 'shop.users' (x)",
            "",
            "defines `load_user`, spelt like it.",
        ),
        (
            "TypeError: load_user() missing 1 required positional argument: 'key'",
            "",
            "`load_user` takes `def load_user(",
        ),
        (
            "FileNotFoundError: [Errno 2] No such file or directory: 'data/README.md'",
            "",
            "The project has [`README.md`]",
        ),
        ("ValueError: operands could not be broadcast", "frame + 1", "`frame` is a `DataFrame` of shape 10 × 2."),
    ],
)
def test_a_likely_cause_is_found_by_the_kind_of_error(
    ask: Ask, make_shop: Make, title: str, line: str, said: str
) -> None:
    failure = Failure("traceback", title, "", (Frame(RelPath("shop/users.py"), 3, "f", line),), source="kernel")
    assert said in ask("why did it fail", make_shop(failures=(failure,))).markdown


def test_an_unknown_kind_of_error_is_not_guessed_at(ask: Ask, make_shop: Make) -> None:
    failure = Failure("traceback", "ShopError: closed", "", (), source="kernel")
    assert "Likely causes" not in ask("why did it fail", make_shop(failures=(failure,))).markdown


def test_a_brief_names_files_symbols_tests_commits_and_an_order(ask: Ask) -> None:
    answer = ask("add a discount for members to Basket.total")
    assert answer.data["files"][0]["path"] == "shop/orders.py"  # type: ignore[index]
    assert answer.data["symbols"][0]["name"] == "Basket.total"  # type: ignore[index]
    assert answer.data["tests"] == ["tests/test_orders.py"]
    assert answer.data["commits"][0] == "a" * 40  # type: ignore[index]
    heads = ("**Files**", "**Symbols to touch**", "**Tests that cover them**", "**Comparable commits**", "**Plan**")
    places = [answer.markdown.index(head) for head in heads]
    assert places == sorted(places)
    assert "`pytest tests/test_orders.py`" in answer.markdown


def test_a_brief_puts_what_was_named_first_and_warns_of_uncommitted_changes(ask: Ask, make_shop: Make) -> None:
    answer = ask("make the lookup in @shop/users.py faster")
    assert answer.data["files"][0]["path"] == "shop/users.py"  # type: ignore[index]
    assert "`shop/users.py` has changes that are not committed" in answer.markdown
    both = GitStatus("main", "a" * 40, changed=(RelPath("shop/users.py"), RelPath("shop/orders.py")))
    answer = ask("make the lookup in @shop/users.py and @shop/orders.py faster", make_shop(status=both))
    assert "have changes that are not committed" in answer.markdown


def test_a_brief_without_a_hit_says_what_was_searched(ask: Ask, make_shop: Make) -> None:
    answer = ask("zzzz qqqq", make_shop(likely=()))
    assert "Nothing in the 10 files here (paths, contents, symbols) fits" in answer.markdown


def test_a_variable_hides_no_file_of_its_name(ask: Ask, make_shop: Make) -> None:
    shop = make_shop(variables=(Variable("users", "dict"),))
    assert ask("show users", shop).data["path"] == "shop/users.py"


def test_calls_are_traced_only_where_the_name_can_be_trusted() -> None:
    code = (
        "def f(self):\n    self.save()\n    fetch(1)\n    ' '.split()\n    clock.time()\n    other.load_everything()\n"
    )
    assert called_names(code.splitlines()) == {"save": "method", "fetch": "function", "load_everything": "attribute"}
    assert called_names(["not python ("]) == {}


def test_a_question_gets_places_to_look_and_no_change(ask: Ask) -> None:
    answer = ask("how does the discount reach a basket")
    assert "**Where to look**" in answer.markdown
    assert "Change `" not in answer.markdown
