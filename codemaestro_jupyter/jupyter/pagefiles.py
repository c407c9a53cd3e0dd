"""Give a page the text of a project file that its server does not reach, for looking only.

A link of an answer is relative to the folder of the notebook it stands in, and may lead above the folder that the
server was started for. What is read, and what never is, the workspace's reader decides.
"""

from __future__ import annotations

import posixpath
from collections.abc import Callable

from codemaestro_jupyter.errors import PathError
from codemaestro_jupyter.jupyter.protocol import ReadFile
from codemaestro_jupyter.jupyter.said import FileMessage
from codemaestro_jupyter.types import FileText, RelPath

OUTSIDE = "Only files of the project are shown."


def in_project(link: str, notebook: RelPath | None) -> str:
    """Where a link in a notebook leads, relative to the project's root; one in no notebook is relative to the root.

    Raises `PathError` if it leads out of the project.
    """
    folder = posixpath.dirname(notebook or "")
    path = posixpath.normpath(posixpath.join(folder, link.replace("\\", "/")))
    if path == ".." or path.startswith(("../", "/")):
        raise PathError(f"{link!r} leads out of the project.", hint=OUTSIDE)
    return path


def page_file(
    message: ReadFile, notebook: Callable[[str], RelPath | None], read: Callable[[str], FileText]
) -> FileMessage:
    """The answer to a page; `notebook` says where a notebook of the server lies in the project."""
    answer = FileMessage(type="file", request=message["request"], path="", text="", problem="")
    try:
        path = in_project(message["path"], notebook(message["notebook"]) if message["notebook"] else None)
        file = read(path)
    except PathError as error:
        answer["problem"] = f"{error.message} {error.hint}".rstrip()
    else:
        answer["path"], answer["text"] = file.path, file.text
    return answer
