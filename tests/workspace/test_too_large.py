"""Python files left alone for their size are known, for what they define is missing in answers."""

from __future__ import annotations

import subprocess
from pathlib import Path

from codemaestro_jupyter.workspace.reader import MOST_BYTES, Reader


def test_python_files_too_large_to_be_read_are_known(tmp_path: Path) -> None:
    (tmp_path / "large.py").write_text("x = 1\n" * MOST_BYTES)
    (tmp_path / "large.txt").write_text("x = 1\n" * MOST_BYTES)
    (tmp_path / "small.py").write_text("x = 1\n")
    assert Reader(tmp_path).too_large() == ()  # without git nobody knows what belongs to the project
    subprocess.run(["git", "init", "-q", tmp_path], check=True)
    assert Reader(tmp_path).too_large() == ("large.py",)
