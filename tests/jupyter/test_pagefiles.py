"""What a page may look at: files of the project, by the reader's rules, wherever the link stands."""

from __future__ import annotations

from pathlib import Path

import pytest

from codemaestro_jupyter.errors import PathError
from codemaestro_jupyter.jupyter.pagefiles import in_project, page_file
from codemaestro_jupyter.jupyter.protocol import ReadFile
from codemaestro_jupyter.types import RelPath
from codemaestro_jupyter.workspace.reader import Reader


@pytest.mark.parametrize(
    ("link", "notebook", "path"),
    [
        ("../src/a.py", "examples/a.ipynb", "src/a.py"),
        ("b.py", "examples/a.ipynb", "examples/b.py"),
        ("src/a.py", None, "src/a.py"),
        ("./src//b/../a.py", None, "src/a.py"),
        ("..\\src\\a.py", "examples/a.ipynb", "src/a.py"),
    ],
)
def test_a_link_is_relative_to_its_notebook(link: str, notebook: str | None, path: str) -> None:
    assert in_project(link, RelPath(notebook) if notebook else None) == path


@pytest.mark.parametrize("link", ["../../a.py", "..", "../..", "/etc/passwd"])
def test_a_link_out_of_the_project_is_refused(link: str) -> None:
    with pytest.raises(PathError, match="leads out of the project"):
        in_project(link, RelPath("examples/a.ipynb") if link != ".." else None)


@pytest.fixture
def project(tmp_path: Path) -> Path:
    root = tmp_path.resolve() / "shop"
    (root / "examples").mkdir(parents=True)
    (root / "src").mkdir()
    (root / "src" / "a.py").write_text('x = 1\ntoken = "ghp_0123456789abcdefghijABCDEFGHIJ012345"\n')
    (root / ".env").write_text("PASSWORD=1\n")
    (root / "logo.png").write_bytes(b"\x89PNG\0\0")
    (tmp_path / "secret.txt").write_text("not yours")
    (root / "src" / "link.txt").symlink_to(tmp_path / "secret.txt")
    (root / "src" / "inner.py").symlink_to(root / "src" / "a.py")
    return root


def asked(project: Path, path: str) -> tuple[str, str, str]:
    message = ReadFile(type="read_file", request="r1", path=path, notebook="shop.ipynb")
    answer = page_file(message, lambda _: RelPath("examples/shop.ipynb"), lambda path: Reader(project).read(path))
    assert (answer["type"], answer["request"]) == ("file", "r1")
    return answer["path"], answer["text"], answer["problem"]


def test_a_file_is_shown_by_its_real_path_and_its_secrets_are_withheld(project: Path) -> None:
    path, text, problem = asked(project, "../src/a.py")
    assert (path, text.split("\n")[0], "ghp_" in text, problem) == ("src/a.py", "x = 1", False, "")
    assert asked(project, "../src/inner.py") == (path, text, problem)


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("../.env", "'.env' is not read: "),
        ("../logo.png", "'logo.png' is not read: it is not text."),
        ("../src/link.txt", "'src/link.txt' is a link that leads out of the project."),
        ("../src/gone.py", "There is no file 'src/gone.py'."),
        ("../../secret.txt", "'../../secret.txt' leads out of the project."),
    ],
)
def test_what_may_not_be_shown_is_said(project: Path, path: str, said: str) -> None:
    shown, text, problem = asked(project, path)
    assert (shown, text) == ("", "")
    assert problem.startswith(said)
