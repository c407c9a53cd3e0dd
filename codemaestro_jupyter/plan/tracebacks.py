"""Which failure is meant: one pasted into the request, or one of those that were recorded."""

from __future__ import annotations

import re

from codemaestro_jupyter.plan.naming import find_file
from codemaestro_jupyter.plan.requests import Request
from codemaestro_jupyter.plan.sources import Sources
from codemaestro_jupyter.plan.targets import concerns
from codemaestro_jupyter.types import Failure, Frame, RelPath

_FRAME = re.compile(
    r'^[ \t]*File "(?P<file>[^"\n]+)", line (?P<line>\d+)(?:, in (?P<function>[^\n]+))?'
    r"(?:\n[ \t]+(?P<text>(?!File )[^\n]+))?",
    re.MULTILINE,
)
_NOTEBOOK_FRAME = re.compile(
    r"^(?:File )?(?P<file>[^\s:][^\n:]*\.py)(?::(?P<line>\d+))?,? in (?P<function>[^\n(]+)[^\n]*\n"
    r"(?P<body>(?:[ \t\-].*\n?)*)",
    re.MULTILINE,
)
_ARROW = re.compile(r"^-+> ?(\d+) ?(.*)$", re.MULTILINE)
_RAISED = re.compile(
    r"^(?P<title>(?:\w+\.)*[A-Z]\w*(?:Error|Exception|Warning|Interrupt|Exit|Iteration)\b(?::[^\n]*)?)$", re.M
)
_KINDS = (("test", "pytest"), ("cell", "traceback"), ("notebook", "traceback"), ("log", "log"))


def meant(request: Request, sources: Sources) -> tuple[Failure, ...]:
    """The failures that a request can be about, the likeliest first: pasted, on its subject, of the kind it names."""
    pasted = read_traceback(request.text, sources)
    if pasted:
        return (pasted,)
    failures = sources.failures()
    if request.argument:
        alike = tuple(failure for failure in failures if failure.title.startswith(request.argument))
        failures = alike or tuple(failure for failure in failures if concerns(failure, request.argument))
    for word, kind in _KINDS:
        if re.search(rf"\b{word}s?\b", request.text.lower()) and any(failure.kind == kind for failure in failures):
            return tuple(sorted(failures, key=lambda failure: failure.kind != kind))
    return failures


def read_traceback(text: str, sources: Sources) -> Failure | None:
    """A traceback in a text, as Python or as IPython prints it; None if there is none. Frames innermost last."""
    raised = list(_RAISED.finditer(text))
    if not raised:
        return None
    files = sources.files()
    frames = [
        (match["file"], int(match["line"]), match["function"] or "", (match["text"] or "").strip())
        for match in _FRAME.finditer(text)
    ]
    if not frames:
        for match in _NOTEBOOK_FRAME.finditer(text):
            arrow = _ARROW.search(match["body"])
            line = int(arrow[1]) if arrow else int(match["line"] or 0)
            frames.append((match["file"], line, match["function"].strip(), arrow[2].strip() if arrow else ""))
    if not frames and "Traceback" not in text:
        return None
    known = tuple(
        Frame(_project_path(file, files), line, function.strip(), quoted) for file, line, function, quoted in frames
    )
    return Failure("traceback", raised[-1]["title"].strip(), "", known, source="your request")


def _project_path(file: str, files: tuple[RelPath, ...]) -> RelPath | None:
    """The project's file that a path of any machine names: the longest end of it that is one file's path."""
    parts = file.replace("\\", "/").split("/")
    for start in range(len(parts)):
        ending = "/".join(parts[start:])
        if ending in files:
            return RelPath(ending)
    found = find_file("/".join(parts[-2:]), files) if len(parts) > 1 else None
    return found.one if found and "site-packages" not in parts else None
