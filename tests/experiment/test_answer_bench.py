from __future__ import annotations

import subprocess
from pathlib import Path

from codemaestro_jupyter.experiment.answer_bench import run_answer_bench, used_of


def test_what_was_used_is_counted_by_tool_and_thing() -> None:
    runs = [
        {"tool": "find", "things": [["symbol", "file"], ["file"]]},
        {"tool": "find", "things": [["file"], []]},
        {"tool": "brief", "things": [[], ["history:file"]]},
    ]
    assert used_of(runs) == {"find": {"symbol": [1, 1], "file": [2, 3]}, "brief": {"history:file": [0, 1]}}


def test_both_arms_give_the_same_answer_and_only_one_prepares(tmp_path: Path) -> None:
    root = tmp_path / "project"
    root.mkdir()
    (root / "app.py").write_text("def fetch(day):\n    return day\n\n\nprint(fetch(1))\n")
    for arguments in (["init", "-q"], ["add", "."], ["commit", "-qm", "Fetch the day"]):
        subprocess.run(
            ["git", "-c", "user.name=A", "-c", "user.email=a@example.org", "-C", str(root), *arguments], check=True
        )
    figures = run_answer_bench(root, ["where is fetch"], repetitions=1, words_a_minute=200)
    [task] = figures["tasks"]
    assert task["same_answer"]
    assert task["used"] <= task["prepared"]
    assert task["prepared"] == sum(total for things in figures["used_of"].values() for _, total in things.values())
