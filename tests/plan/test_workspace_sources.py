"""The same answers from a real folder under git as from the double, and nothing secret in any of them."""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from codemaestro_jupyter.plan.scripted_sources import ScriptedSources
from codemaestro_jupyter.plan.sources import Sources
from codemaestro_jupyter.plan.workspace_sources import WorkspaceSources
from codemaestro_jupyter.types import Answer, AnswerPart, LikelyFile, LiveContext, Prediction, RelPath, Variable
from codemaestro_jupyter.workspace.workspace import Workspace

TOKEN = "ghp_" + "a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8"
TEXTS = {
    "app/client.py": '"""Talks to the shop."""\n\n\ndef fetch(url):\n    """Get one page."""\n    return url\n',
    "app/main.py": "from app.client import fetch\n\n\ndef main():\n    return fetch('x')\n",
    "tests/test_client.py": "from app.client import fetch\n\n\ndef test_fetch():\n    assert fetch('x')\n",
    "README.md": "# App\n\nCall `fetch`.\n",
}
Run = Callable[..., tuple[list[AnswerPart], Answer]]


@pytest.fixture
def workspace(tmp_path: Path) -> Iterator[Workspace]:
    root = tmp_path / "project"
    for path, text in {**TEXTS, "app/config.py": f'token = "{TOKEN}"\nFETCH = 1\n', ".env": f"FETCH={TOKEN}\n"}.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text, encoding="utf8")
    git = [
        "git",
        "-C",
        str(root),
        "-c",
        "user.name=Ada",
        "-c",
        "user.email=ada@example.org",
        "-c",
        "commit.gpgsign=false",
    ]
    for command in (["init", "-q", "-b", "main"], ["add", "-f", "."], ["commit", "-q", "-m", f"Fetch pages {TOKEN}"]):
        subprocess.run([*git, *command], check=True, capture_output=True)
    found = Workspace(root, watch=False)
    found.start()
    assert found.index.wait(60)
    yield found
    found.close()


def sources_of(workspace: Workspace, live: LiveContext | None = None) -> WorkspaceSources:
    def predict(text: str) -> Prediction:
        return Prediction(text, files=(LikelyFile(RelPath("app/client.py"), 0.6, ("named",)),))

    return WorkspaceSources(workspace, live or LiveContext(), predict)


def test_the_double_answers_like_the_real_thing(workspace: Workspace) -> None:
    real: Sources = sources_of(workspace)
    double: Sources = ScriptedSources(TEXTS, likely=["app/client.py"])

    def told(sources: Sources) -> object:
        return (
            [(symbol.path, symbol.line, symbol.name) for symbol in sources.definitions("fetch")],
            [(match.path, match.line) for match in sources.uses("fetch")],
            [(symbol.name, symbol.kind) for symbol in sources.symbols(RelPath("app/main.py"))],
            sources.neighbours(RelPath("app/client.py")),
            sources.read(RelPath("README.md")).text,
            [file.path for file in sources.predict("fetch").files],
            sources.fingerprint("file:missing.py"),
        )

    assert told(real) == told(double)


@pytest.mark.parametrize(
    "text",
    [
        "show app/config.py", "show .env", "find FETCH", "explain fetch", "explain app/client.py", "what changed",
        "search for token", f"search for {TOKEN[:12]}", "fetch pages with a token", "find uses of fetch",
        "why did it fail",
        "show app/", "what changed in app today",
    ],
)  # fmt: skip
def test_answers_are_facts_and_hold_no_secret(
    workspace: Workspace, run_parts: Run, facts: Callable[[Sources, Answer], list[str]], text: str
) -> None:
    (workspace.root / "app/config.py").write_text(f'token = "{TOKEN}x"\nFETCH = 2\n', encoding="utf8")
    sources = sources_of(workspace)
    _, answer = run_parts(text, sources)
    assert facts(sources, answer) == []
    assert TOKEN[4:] not in f"{answer.markdown}{answer.data}{answer.sources}"


def test_an_answer_is_stale_once_a_file_or_the_kernel_changes(workspace: Workspace, run_parts: Run) -> None:
    live = LiveContext(variables=(Variable("frame", "DataFrame", (3, 2)),))
    sources = sources_of(workspace, live)
    shown, explained = run_parts("show app/main.py", sources)[1], run_parts("explain @frame", sources)[1]
    assert sources.holds(shown.fingerprints)
    assert sources.holds(explained.fingerprints)
    assert not sources_of(workspace).holds(explained.fingerprints)
    (workspace.root / "app/main.py").write_text("changed = True\n", encoding="utf8")
    assert not sources.holds(shown.fingerprints)
