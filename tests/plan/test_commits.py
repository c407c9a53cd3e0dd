"""Questions about the past: how many, whose, when, which one, who last; and what is not committed."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from codemaestro_jupyter.plan.requests import classify
from codemaestro_jupyter.plan.scripted_sources import ScriptedSources
from codemaestro_jupyter.types import Answer, BranchWork, Commit, GitStatus, RelPath

Ask = Callable[..., Answer]
Make = Callable[..., ScriptedSources]
NOW = datetime(2026, 3, 18, 12, 0, tzinfo=UTC).timestamp()


def shas(answer: Answer) -> list[str]:
    return [commit["sha"][0] for commit in answer.data.get("commits", ())]  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("text", "aspect", "argument", "others"),
    [
        ("show me the last 3 commits", "", "", {"count": 3}),
        ("what changed in the last two commits in auth", "", "auth", {"count": 2}),
        ("the last commit", "", "", {"count": 1}),
        ("what did David Lord change last year", "", "", {"who": "David Lord", "when": "last year"}),
        ("what did ada work on in March 2026?", "", "", {"who": "ada", "when": "in march 2026"}),
        ("commits by Bob in auth", "", "auth", {"who": "Bob"}),
        ("what did I change today", "", "", {"when": "today"}),
        ("what changed on this branch", "branch", "", {}),
        ("what changed in 4ddd407", "commit", "4ddd407", {}),
        ("what changed in decades", "", "decades", {}),
        ("show commit fbb6f0b", "commit", "fbb6f0b", {}),
        ("what did commit fbb6f0b change?", "commit", "fbb6f0b", {}),
        ("uncommitted changes in a.py", "tree", "a.py", {}),
        ("git diff a.py", "tree", "a.py", {}),
        ("who changed src/a.py last?", "last", "src/a.py", {}),
        ("when was fetch last changed", "last", "fetch", {}),
        ("blame a.py", "last", "a.py", {}),
    ],
)
def test_what_is_asked_of_the_past(text: str, aspect: str, argument: str, others: dict[str, object]) -> None:
    request = classify(text)
    assert (request.tool, request.aspect, request.argument) == ("history", aspect, argument)
    expected = {"who": "", "count": 0, "when": "", **others}
    assert {"who": request.who, "count": request.count, "when": request.when} == expected


@pytest.mark.parametrize("text", ["fix the last commit", "add the overview page", "show me the layout component"])
def test_a_wish_that_names_commits_or_pages_stays_a_wish(text: str) -> None:
    assert classify(text).tool == "brief"


def test_commits_are_counted_from_the_newest(ask: Ask) -> None:
    assert shas(ask("the last 2 commits")) == ["a", "b"]
    assert shas(ask("the last commit")) == ["a"]


def test_commits_of_one_person(ask: Ask) -> None:
    assert shas(ask("what did Bob change")) == ["b"]
    assert shas(ask("commits by Ada this month")) == ["a"]
    none = ask("what did Bobb change")
    assert "(by Bobb): none. Names in the last commits: Bob." in none.markdown
    assert "Not committed" not in none.markdown


def test_one_commit_is_told_whole(ask: Ask, make_shop: Make) -> None:
    commit = Commit("1a2b3c4d" * 5, NOW, "Ada", "Sell *hats*", (RelPath("shop/orders.py"), RelPath("gone.py")))
    shop = make_shop(commits=(commit,))
    answer = ask("what did commit 1a2b3c4 change?", shop)
    assert answer.markdown.startswith("**`1a2b3c4`** Sell \\*hats\\*\n\nAda, Wed 2026-03-18 12:00\n")
    assert "- [`shop/orders.py`](../shop/orders.py)\n- `gone.py`\n" in answer.markdown
    assert "`git show 1a2b3c4`" in answer.markdown
    assert "No commit `99999999` is among the last 1 commit before HEAD" in ask("show commit 99999999", shop).markdown


def test_who_changed_it_last_comes_first(ask: Ask) -> None:
    answer = ask("who changed shop/users.py last?")
    assert answer.markdown.startswith("`shop/users.py` was last changed by **Bob** on Tue 2026-03-10 12:00: `bbbbbbb`")
    defined = ask("when was load_user last changed")
    assert defined.markdown.startswith("`shop/users.py`, where `load_user` is defined, was last changed by **Bob**")


def test_what_is_not_committed_is_shown_alone_with_its_diff(ask: Ask) -> None:
    answer = ask("my uncommitted changes")
    assert answer.data["changed"] == ["shop/users.py"]
    assert "```diff" in answer.markdown
    assert "**Commits**" not in answer.markdown


def test_a_branch_is_told_by_what_it_alone_has(ask: Ask, make_shop: Make) -> None:
    own = Commit("d" * 40, 1773748800.0, "Ada", "Add discount", (RelPath("shop/cart.py"),))
    work = BranchWork("main", "f" * 40, (own,), ((RelPath("shop/cart.py"), 12, 3), (RelPath("old.py"), 0, 20)))
    text = ask("what changed on this branch", make_shop(status=GitStatus("topic", "a" * 40), branch=work)).markdown
    assert "**`topic` has 1 commit of its own**, since it left `main` at `fffffff`" in text
    assert "Add discount (Ada)" in text
    assert "**Changed together** (2 files, +12 −23)\n\n- `old.py` +0 −20\n" in text
    assert "Begin" not in text  # a commit of main
    assert "**Not committed** (on `topic`): nothing." in text


def test_a_branch_without_work_of_its_own_says_so(ask: Ask, make_shop: Make) -> None:
    shop = make_shop(status=GitStatus("topic", "a" * 40), branch=BranchWork("main", "f" * 40))
    assert "`topic` has nothing that `main` has not." in ask("what changed on this branch", shop).markdown


def test_a_commit_is_told_with_how_much_it_changed_and_short_diffs_whole(ask: Ask, make_shop: Make) -> None:
    commit = Commit("1a2b3c4d" * 5, NOW, "Ada", "Sell hats", (RelPath("shop/orders.py"),))
    shop = make_shop(commits=(commit,))
    diff = "diff --git a/x b/x\n--- a/x\n+++ b/x\n@@ -1 +1,2 @@\n-old\n+new\n+more\n"
    shop.diffs[f"{commit.sha}:{commit.files[0]}"] = diff
    text = ask(f"what changed in {commit.sha[:7]}", shop).markdown
    assert "[`shop/orders.py`](../shop/orders.py) +2 −1" in text
    assert "```diff\n@@ -1 +1,2 @@\n-old\n+new\n+more\n```" in text


def test_a_merge_in_conflict_and_a_damaged_repository_are_said(ask: Ask, make_shop: Make) -> None:
    users = RelPath("shop/users.py")
    merging = GitStatus("topic", "a" * 40, (users,), (), (users,), "merge")
    told = ask("what is not committed", make_shop(status=merging)).markdown
    assert "(on `topic`, in the middle of a merge): 1 changed file" in told
    assert "· in conflict\n" in told
    refused = make_shop(status=GitStatus(known=False), commits=())
    assert ask("what changed", refused).markdown.startswith("Git cannot be used here (`doctor` says why), so nothing")
    damaged = make_shop(status=GitStatus("topic", "a" * 40, known=False), commits=())
    told = ask("what changed today", damaged).markdown
    assert "git could not tell" in told
    assert "nothing" not in told
    assert "none" not in told
