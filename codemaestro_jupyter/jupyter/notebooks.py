"""Which notebook is whose: front ends name notebooks by the server's paths, the project by its own.

The server's root is unknown to a kernel. It is found from the one absolute path that jupyter_server gives
(`JPY_SESSION_NAME`), else the kernel's first folder, which is the notebook's, decides.
"""

from __future__ import annotations

import shlex
from pathlib import Path, PurePosixPath

from codemaestro_jupyter.jupyter.protocol import NotebookOutline
from codemaestro_jupyter.types import Cell, CellId, NotebookId, NotebookPicture, RelPath

REMEMBERED = 50


class Notebooks:
    """Knows the notebooks that front ends told us about, by the ids of their cells."""

    def __init__(self, root: Path, folder: Path, session: str = "") -> None:
        self._root = root.resolve()
        self._folder = folder
        self._session = Path(session) if session else None
        self._cells: dict[NotebookId, frozenset[CellId]] = {}
        self._paths: dict[NotebookId, RelPath | None] = {}
        self._server: Path | None = None

    @property
    def above(self) -> tuple[str, str] | None:
        """What is to know about links if the server was started for a folder inside the project, and what to do.

        JupyterLab edits nothing outside its root, and `jupyter lab examples/a.ipynb` makes that the file's folder.
        """
        server = self._server
        if server is None or server == self._root or not server.is_relative_to(self._root):
            return None
        notebook = self._session.resolve().relative_to(self._root).as_posix() if self._session else ""
        again = shlex.join([f"--ServerApp.root_dir={self._root}", *([notebook] if notebook else [])])
        folder = server.relative_to(self._root).as_posix()
        return (
            f"JupyterLab was started for {folder}/: files of the project outside it open for reading only",
            f"To edit them too, start it with: jupyter lab {again}",
        )

    def picture(self, message: NotebookOutline) -> NotebookPicture:
        """The outline as the project sees it; `path` is None outside the root."""
        cells = tuple(Cell(CellId(cell["id"]), cell["kind"], cell["source"]) for cell in message["cells"])
        notebook = NotebookId(message["notebook_id"])
        self._cells.pop(notebook, None)
        self._cells[notebook] = frozenset(cell.id for cell in cells)
        while len(self._cells) > REMEMBERED:
            del self._cells[next(iter(self._cells))]
        path, file = self.project_path(message["path"]), self._file(message["path"])
        self._paths = {name: self._paths.get(name) for name in self._cells} | {notebook: path}
        # Saved under another name, the notebook that it was made from is still there, and keeps what was said in it.
        formerly = message.get("formerly", "")
        copied = bool(formerly) and self._file(formerly) not in (None, file)
        return NotebookPicture(
            notebook,
            path,
            cells,
            CellId(message["active"]) if message["active"] else None,
            file=str(file) if file is not None and path is None else "",
            formerly=NotebookId("" if copied else formerly),
        )

    @property
    def home(self) -> NotebookId:
        """The notebook that the kernel was started for, as a page calls it, else by its place in the project.

        Empty if that is not known. Two notebooks of one name in two folders are two.
        """
        session = self._session
        if session is None:
            return NotebookId("")
        try:
            place = (self._folder / session).resolve().relative_to(self._root).as_posix()
        except (ValueError, OSError):
            return NotebookId(str(session) if session.is_absolute() else session.name)
        return next((name for name, path in reversed(self._paths.items()) if path == place), NotebookId(place))

    def of_cell(self, cell_id: str) -> NotebookId:
        """The notebook that holds a cell: as told, else the one that the kernel was started for."""
        for notebook, cells in reversed(self._cells.items()):
            if cell_id in cells:
                return notebook
        return self.home

    def _file(self, path: str) -> Path | None:
        """The file behind a path of the server, if it is found."""
        pure = PurePosixPath(path.removeprefix("RTC:").lstrip("/"))
        session = self._session
        places = [parent / pure for parent in session.parents] if session is not None and session.is_absolute() else []
        found = (place.resolve() for place in (*places, self._folder / pure.name) if pure.parts and place.is_file())
        return next(found, None)

    def project_path(self, path: str) -> RelPath | None:
        """Where a path of the server lies in the project; None if it does not."""
        pure = PurePosixPath(path.removeprefix("RTC:").lstrip("/"))
        if not pure.parts:
            return None
        session = self._session
        place = self._folder / pure.name
        if session is not None and session.is_absolute():
            # The server's root is what is left of the session's path without the path that the server uses for it;
            # a second notebook of the same kernel lies under the same root, at least as deep as they agree.
            for parent in session.parents:
                if (parent / pure).exists():
                    place = parent / pure
                    self._server = self._server or parent.resolve()
                    break
        try:
            return RelPath(place.resolve().relative_to(self._root).as_posix())
        except (ValueError, OSError):
            return None
