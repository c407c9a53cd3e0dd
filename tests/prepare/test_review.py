"""The quick security scan: new lines only, secrets and dangerous calls, with and without ruff."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from codemaestro_jupyter.edit.blueprint import Component
from codemaestro_jupyter.edit.proposal import FileDiff, Proposal
from codemaestro_jupyter.prepare import review as module
from codemaestro_jupyter.prepare.review import dangers, review

TOKEN = "ghp_" + "a1B2" * 9


def proposal(after: str, before: str | None = None, path: str = "app/net.py") -> Proposal:
    old = Component(path, before.encode()) if before is not None else None
    return Proposal("t", None, (FileDiff(path, old, Component(path, after.encode()), ()),))


def found(*arguments: str | None, **options: str) -> list[str]:
    return [str(item) for item in review(proposal(*arguments, **options))]  # type: ignore[arg-type]


@pytest.fixture(autouse=True)
def no_ruff(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module.shutil, "which", lambda name: None)


def test_what_is_harmless_is_not_told() -> None:
    assert found("import json\n\n\ndef load(text):\n    return json.loads(text)\n") == []
    assert found("not python (\n") == []


def test_a_secret_is_told_in_any_file() -> None:
    assert found(f"key: {TOKEN}\n", path="config.yml") == ["config.yml:1 looks like a secret"]


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("eval(text)", "`eval` runs text as code"),
        ("os.system(text)", "`os.system` gives text to a shell"),
        ("subprocess.run(text, shell=True)", "`shell=True` gives text to a shell"),
        ("requests.get(url, verify=False)", "`verify=False` accepts any certificate"),
        ("pickle.loads(data)", "`pickle.loads` runs whatever the data says"),
        ("yaml.load(data)", "`yaml.load` makes any object that the data names"),
    ],
)
def test_dangerous_calls_are_told_where_they_are_new(line: str, said: str) -> None:
    assert found(f"x = 1\n{line}\n", "x = 1\n") == [f"app/net.py:2 {said}"]
    assert found(f"x = 2\n{line}\n", f"x = 1\n{line}\n") == [], "what was there before is no finding of this plan"


def test_what_only_looks_like_it_is_not_told() -> None:
    text = "yaml.load(data, Loader=SafeLoader)\nmodel.eval()\nsubprocess.run(a, shell=False)\ndict(shell='True')\n"
    assert list(dangers("a.py", text)) == []


def test_a_deleted_file_has_no_new_lines() -> None:
    gone = Proposal("t", None, (FileDiff("a.py", Component("a.py", b"eval(x)\n"), None, ()),))
    assert review(gone) == ()


def test_ruff_reads_every_letter_whatever_the_locale(tmp_path: Path) -> None:
    ruff = tmp_path / "ruff"
    ruff.write_text(
        f"#!{sys.executable}\n"
        "import json, sys\n"
        "text = sys.stdin.buffer.read().decode('utf8')\n"
        "item = {'code': 'S1', 'message': text.strip(), 'location': {'row': 1}}\n"
        "sys.stdout.buffer.write(json.dumps([item], ensure_ascii=False).encode('utf8'))\n",
        encoding="utf8",
    )
    ruff.chmod(0o755)
    asked = "from codemaestro_jupyter.prepare.review import linted; print(*map(ascii, linted('a.py', chr(233))))"
    latin = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
    environment = {**os.environ, **latin, "PATH": f"{tmp_path}{os.pathsep}{os.environ['PATH']}"}
    done = subprocess.run([sys.executable, "-c", asked], env=environment, capture_output=True, check=True)
    assert r"\xe9 (ruff S1)" in done.stdout.decode()


def test_what_ruff_says_is_told_once_a_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ruff = tmp_path / "ruff"
    ruff.write_text(
        "#!/bin/sh\ncat > /dev/null\n"
        'echo \'[{"code": "S324", "message": "Weak hash", "location": {"row": 2}},'
        ' {"code": "S101", "message": "assert", "location": {"row": 3}},'
        ' {"code": "S307", "message": "eval", "location": {"row": 4}}]\'\n'
    )
    ruff.chmod(0o755)
    monkeypatch.setattr(module.shutil, "which", lambda name: str(ruff))
    text = "import hashlib\nhashlib.md5(b'')\nassert True\neval('1')\n"
    assert found(text, "import hashlib\n") == [
        "app/net.py:2 Weak hash (ruff S324)", "app/net.py:4 `eval` runs text as code",
    ]  # fmt: skip
    assert found(text, "import hashlib\n", path="tests/test_net.py") == ["tests/test_net.py:4 `eval` runs text as code"]
    ruff.write_text("#!/bin/sh\necho nonsense\n")
    assert found("import hashlib\nhashlib.md5(b'')\n", "import hashlib\n") == []
