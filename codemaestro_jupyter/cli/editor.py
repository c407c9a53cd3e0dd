"""The person's own editor for a text that is too long for a line."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import tempfile
from pathlib import Path

from codemaestro_jupyter.errors import InputError

USUAL = ("nano", "vi", "notepad")


def edit(text: str) -> str:
    """The text as the person leaves it; raises `InputError` where no editor can be started, or it fails."""
    wanted = os.environ.get("VISUAL") or os.environ.get("EDITOR") or next(filter(shutil.which, USUAL), "")
    if not wanted:
        raise InputError("There is no editor here.", hint="Set EDITOR to the one you like.")
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "plan.txt")
        file.write_text(text, encoding="utf8", newline="\n")
        try:
            on_windows = os.name == "nt"  # there a backslash is part of a path, and quotes stay on
            words = [word.strip('"') if on_windows else word for word in shlex.split(wanted, posix=not on_windows)]
            status = subprocess.run([*words, str(file)], check=False).returncode
        except OSError as error:
            raise InputError(f"{wanted} cannot be started: {error.strerror}.", hint="Set EDITOR to another.") from None
        if status != 0:
            raise InputError(f"{wanted} ended with status {status}.", hint="Nothing was changed.")
        return file.read_text(encoding="utf8")
