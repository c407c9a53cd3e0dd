"""CodeMaestro: a pair programmer for JupyterLab that starts working while you are still typing.

`%load_ext codemaestro` in a notebook, `codemaestro ask "…"` in a terminal, `Maestro` from Python.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from IPython.core.interactiveshell import InteractiveShell

    from codemaestro_jupyter.maestro import Maestro

__version__ = "0.1.0"
__all__ = ["Maestro", "chat", "load_ipython_extension", "unload_ipython_extension"]


def load_ipython_extension(shell: InteractiveShell) -> None:
    """Switch CodeMaestro on in this IPython session (`%load_ext codemaestro`)."""
    from codemaestro_jupyter.jupyter import extension

    extension.load(shell)


def unload_ipython_extension(shell: InteractiveShell) -> None:
    """Take everything back that loading added (`%unload_ext codemaestro`)."""
    from codemaestro_jupyter.jupyter import extension

    extension.unload(shell)


def chat() -> Any:
    """A chat widget for any Jupyter front end; its text box prepares while you type."""
    from codemaestro_jupyter.jupyter import extension

    return extension.chat()


def __getattr__(name: str) -> Any:
    # Lazily: `%load_ext codemaestro` must cost under 0.3 s, and not everybody who imports needs the engine.
    if name == "Maestro":
        from codemaestro_jupyter.maestro import Maestro

        return Maestro
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
