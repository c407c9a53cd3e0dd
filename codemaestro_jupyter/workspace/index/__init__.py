"""The search index: a child process writes it to SQLite, this process reads it with numpy."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from codemaestro_jupyter.workspace.index.index import Index, IndexProgress
    from codemaestro_jupyter.workspace.index.view import FieldView, HistoryView, IndexView

__all__ = ["FieldView", "HistoryView", "Index", "IndexProgress", "IndexView"]


def __getattr__(name: str) -> Any:
    # Lazily: the child process lives in this package too, and starts in half the time without numpy.
    if name in ("Index", "IndexProgress"):
        from codemaestro_jupyter.workspace.index import index

        return getattr(index, name)
    if name in __all__:
        from codemaestro_jupyter.workspace.index import view

        return getattr(view, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
