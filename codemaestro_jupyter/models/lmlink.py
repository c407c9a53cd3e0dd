"""Whether LM Studio passes requests on to another device (LM Link): its own program says so, its HTTP API does not.

Told by `lms link status --json`; the shape is that of the SDK's `LMLinkStatusResult`. What cannot be told counts as no.
"""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

PROGRAMS = (".lmstudio/bin/lms", ".lmstudio/bin/lms.exe", ".cache/lm-studio/bin/lms", ".cache/lm-studio/bin/lms.exe")
"""Where LM Studio puts its program, below the home folder; nothing else of that name is run."""
SECONDS = 3.0


def linked() -> bool:
    """Whether another device is connected, which may then run the models that this one lists; blocks for a moment."""
    program = next((path for path in (Path.home() / place for place in PROGRAMS) if path.is_file()), None)
    if program is None:
        return False
    try:
        done = subprocess.run(
            [str(program), "link", "status", "--json"],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            timeout=SECONDS,
            creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
            check=False,
        )
        status = json.loads(done.stdout)
        return any(peer.get("status") == "connected" for peer in status["peers"])
    except (OSError, subprocess.SubprocessError, ValueError, LookupError, TypeError, AttributeError):
        return False
